import { coerce, gte } from "semver";

import { Failure } from "../errors";
import { tryRun } from "../run";

/** The oldest engine whose BuildKit knows named build contexts in Dockerfiles. */
export const oldestEngine = "23.0.0";

/** An engine that answered. */
export interface Answering {
  readonly version: string;
}

/** Asks the engine at a host (empty: the CLI's own choice) for its version; nothing when it doesn't answer. */
export async function engineVersion(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const asked = await tryRun("docker", ["version", "--format", "{{.Server.Version}}"], {
    env: environment,
    timeout: 10_000,
  }).catch(() => undefined);
  const version = asked?.stdout.trim() ?? "";
  return asked?.status === 0 && version !== "" ? version : undefined;
}

/** Where the docker CLI's current context leads: a DOCKER_HOST value; nothing without a CLI. */
export async function contextHost(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const shown = await tryRun("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], {
    env: environment,
  }).catch(() => undefined);
  const host = shown?.stdout.trim() ?? "";
  return shown?.status === 0 && host !== "" ? host : undefined;
}

/** Refuses an engine that can't do what the builds ask of it; the message says what was found, what is needed, what to do. */
export function requireVersion(version: string, host: string): void {
  const found = coerce(version);
  if (found !== null && gte(found, oldestEngine)) return;
  throw new Failure(
    `The Docker engine at ${host} is version ${version}; ${oldestEngine} or newer is needed (named build contexts). ` +
      "Update it, or set LINNIX_ENGINE=embedded to run one beside it (Debian or Ubuntu, as root).",
  );
}

/** Refuses a docker CLI without buildx, which builds the images. */
export async function requireBuildx(environment: NodeJS.ProcessEnv): Promise<void> {
  const asked = await tryRun("docker", ["buildx", "version"], { env: environment }).catch(() => undefined);
  if (asked?.status === 0) return;
  throw new Failure(
    "The docker CLI has no buildx plugin, which builds the images. Install it (Debian 13 and Ubuntu: docker-buildx; Docker's own " +
      "packages: docker-buildx-plugin), or set LINNIX_ENGINE=embedded, which brings its own (Debian or Ubuntu, as root).",
  );
}
