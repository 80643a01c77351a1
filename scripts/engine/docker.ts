import { coerce, gte } from "semver";

import { Failure } from "../lib/errors";
import { tryRun } from "../lib/run";

/** The oldest engine whose BuildKit supports named build contexts in Dockerfiles. */
export const oldestEngine = "23.0.0";

/** The version of the engine at DOCKER_HOST (unset: the CLI's default); undefined if it does not answer. */
export async function engineVersion(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const result = await tryRun("docker", ["version", "--format", "{{.Server.Version}}"], {
    env: environment,
    timeout: 10_000,
  }).catch(() => undefined);
  const version = result?.stdout.trim() ?? "";
  return result?.status === 0 && version !== "" ? version : undefined;
}

/** What `docker info` says of an engine and of the machine that it runs on. */
export interface EngineFacts {
  readonly ServerVersion?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly CgroupVersion?: string;
  readonly CgroupDriver?: string;
  /** Bytes of the machine's memory. */
  readonly MemTotal?: number;
}

/** Asks an engine; undefined if it does not answer. */
export async function engineFacts(environment: NodeJS.ProcessEnv): Promise<EngineFacts | undefined> {
  const asked = tryRun("docker", ["info", "--format", "{{json .}}"], { env: environment, timeout: 20_000 });
  const result = await asked.catch(() => undefined);
  return result?.status === 0 ? (JSON.parse(result.stdout) as EngineFacts) : undefined;
}

/** The docker CLI's current context as a DOCKER_HOST value; undefined without a CLI. */
export async function contextHost(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const shown = await tryRun("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], {
    env: environment,
  }).catch(() => undefined);
  const host = shown?.stdout.trim() ?? "";
  return shown?.status === 0 && host !== "" ? host : undefined;
}

/**
 * Rejects an engine that is too old for the builds.
 *
 * @throws Failure with the found and the required version, and a remedy.
 */
export function requireVersion(version: string, host: string): void {
  const found = coerce(version);
  if (found !== null && gte(found, oldestEngine)) return;
  throw new Failure(
    `The Docker engine at ${host} is version ${version}; ${oldestEngine} or newer is needed (named build contexts). ` +
      "Update it, or set LINNIX_ENGINE=embedded to run one beside it (Debian or Ubuntu, as root).",
  );
}

/** Rejects a docker CLI without buildx, which builds the images. */
export async function requireBuildx(environment: NodeJS.ProcessEnv): Promise<void> {
  const result = await tryRun("docker", ["buildx", "version"], { env: environment }).catch(() => undefined);
  if (result?.status === 0) return;
  throw new Failure(
    "The docker CLI has no buildx plugin, which builds the images. Install it (Debian 13 and Ubuntu: docker-buildx; Docker's own " +
      "packages: docker-buildx-plugin), or set LINNIX_ENGINE=embedded, which brings its own (Debian or Ubuntu, as root).",
  );
}
