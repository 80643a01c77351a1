import { debianRoot } from "./engine/debian";
import { contextHost, engineVersion, oldestEngine, requireBuildx, requireVersion } from "./engine/docker";
import { ensureEmbedded } from "./engine/embedded";
import { embeddedEnvironment } from "./engine/places";
import { Failure } from "./errors";
import type { Home } from "./home";
import type { Step } from "./progress";

/** A Docker engine that answers and can build. */
export interface Engine {
  readonly kind: "existing" | "embedded";
  /** A DOCKER_HOST value. */
  readonly host: string;
  readonly version: string;
  /** What has to be added to the environment to use it; PATH holds only the folder to add. */
  readonly env: Readonly<Record<string, string>>;
}

/** What {@link ensureEngine} is told. */
export interface EngineOptions {
  readonly home: Home;
  /** `auto`: one that answers, else the embedded one. The others force one way. */
  readonly mode: "auto" | "existing" | "embedded";
  readonly step: Step;
  readonly environment?: NodeJS.ProcessEnv;
  /** Whether an embedded engine is possible here; found out by default. */
  readonly embeddable?: boolean;
}

const usualSocket = "unix:///var/run/docker.sock";

/** What to tell a person without an engine, where none can be embedded. */
export const howToGetAnEngine =
  `No Docker engine answers (tried DOCKER_HOST, the current docker context, ${usualSocket}). ` +
  "On Debian or Ubuntu run this as root, and one is embedded; elsewhere install Docker " +
  `${oldestEngine} or newer: your distribution's package on Linux, Docker Desktop or Colima on macOS, and start it.`;

/** The environment of a command that uses this engine. */
export function engineEnvironment(engine: Engine, environment = process.env): NodeJS.ProcessEnv {
  const path = [engine.env.PATH, environment.PATH].filter((it) => it !== undefined && it !== "").join(":");
  return { ...environment, ...engine.env, PATH: path };
}

/** The engine that the environment names; an empty variable names none, for the docker CLI too. */
const named = ({ DOCKER_HOST: host }: NodeJS.ProcessEnv): string | undefined => (host === "" ? undefined : host);

async function findExisting(environment: NodeJS.ProcessEnv): Promise<Engine | undefined> {
  const host = named(environment) ?? (await contextHost(environment)) ?? usualSocket;
  const version = await engineVersion({ ...environment, DOCKER_HOST: host });
  if (version === undefined) return undefined;
  return { kind: "existing", host, version, env: { DOCKER_HOST: host } };
}

/** Finds an engine, or starts the embedded one; says how far it is. */
export async function ensureEngine(options: EngineOptions): Promise<Engine> {
  const { home, mode, step, environment = process.env, embeddable = debianRoot() } = options;
  // A shell that took over `npm run -s env` names the embedded engine: it still is that one, with its own CLI plugins.
  const own = mode === "auto" && environment.DOCKER_HOST === embeddedEnvironment(home).DOCKER_HOST;
  const existing = mode === "embedded" || own ? undefined : await findExisting(environment);
  if (existing !== undefined) {
    requireVersion(existing.version, existing.host);
    await requireBuildx(engineEnvironment(existing, environment));
    return existing;
  }
  // Whoever names an engine means that one: another in its place would hide a mistake.
  if (mode !== "embedded" && !own && named(environment) !== undefined) {
    throw new Failure(
      `The Docker engine at DOCKER_HOST = ${named(environment) ?? ""} does not answer. Start it, or unset DOCKER_HOST.`,
    );
  }
  if (mode === "existing") throw new Failure(`LINNIX_ENGINE=existing: ${howToGetAnEngine}`);
  if (!embeddable) throw new Failure(howToGetAnEngine);
  const version = await ensureEmbedded(home, step);
  const env = embeddedEnvironment(home);
  return { kind: "embedded", host: env.DOCKER_HOST ?? "", version, env };
}
