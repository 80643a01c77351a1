import { debianRoot } from "./debian";
import { contextHost, engineVersion, oldestEngine, requireBuildx, requireVersion } from "./docker";
import { ensureEmbedded } from "./embedded";
import { embeddedEnvironment } from "./places";
import { Failure } from "../lib/errors";
import type { Home } from "../lib/home";
import type { Step } from "../lib/progress";

/** A Docker engine that answers and can build. */
export interface Engine {
  readonly kind: "existing" | "embedded";
  /** A DOCKER_HOST value. */
  readonly host: string;
  readonly version: string;
  /** Environment variables needed to use it; PATH is only the folder to add. */
  readonly env: Readonly<Record<string, string>>;
}

/** Options of {@link ensureEngine}. */
export interface EngineOptions {
  readonly home: Home;
  /** `auto`: an existing engine that answers, else the embedded one. The others force one of them. */
  readonly mode: "auto" | "existing" | "embedded";
  readonly step: Step;
  readonly environment?: NodeJS.ProcessEnv;
  /** Whether an embedded engine is possible here; detected by default. */
  readonly embeddable?: boolean;
}

const usualSocket = "unix:///var/run/docker.sock";

/** The error where no engine answers and none can be embedded. */
export const howToGetAnEngine =
  `No Docker engine answers (tried DOCKER_HOST, the current docker context, ${usualSocket}). ` +
  "On Debian or Ubuntu, run this as root to get an embedded one; elsewhere, install Docker " +
  `${oldestEngine} or newer, your distribution's package for example, and start it.`;

/** The environment of a command that uses this engine. */
export function engineEnvironment(engine: Engine, environment = process.env): NodeJS.ProcessEnv {
  const path = [engine.env.PATH, environment.PATH].filter((it) => it !== undefined && it !== "").join(":");
  return { ...environment, ...engine.env, PATH: path };
}

/** DOCKER_HOST; undefined if it is empty, as for the docker CLI. */
const named = ({ DOCKER_HOST: host }: NodeJS.ProcessEnv): string | undefined => (host === "" ? undefined : host);

async function findExisting(environment: NodeJS.ProcessEnv): Promise<Engine | undefined> {
  const host = named(environment) ?? (await contextHost(environment)) ?? usualSocket;
  const version = await engineVersion({ ...environment, DOCKER_HOST: host });
  if (version === undefined) return undefined;
  return { kind: "existing", host, version, env: { DOCKER_HOST: host } };
}

/**
 * Finds an engine, and starts none.
 *
 * @returns undefined where the embedded one is to be used.
 * @throws Failure if no engine can be used or embedded, with the cause and a remedy.
 */
export async function findEngine(options: Omit<EngineOptions, "step">): Promise<Engine | undefined> {
  const { home, mode, environment = process.env, embeddable = debianRoot() } = options;
  // In a shell with the variables of `npm run -s env`, DOCKER_HOST is the embedded engine's, which brings its own CLI plugins.
  const own = mode === "auto" && environment.DOCKER_HOST === embeddedEnvironment(home).DOCKER_HOST;
  const existing = mode === "embedded" || own ? undefined : await findExisting(environment);
  if (existing !== undefined) {
    requireVersion(existing.version, existing.host);
    await requireBuildx(engineEnvironment(existing, environment));
    return existing;
  }
  // An explicit DOCKER_HOST is never replaced by another engine: that would hide a mistake.
  if (mode !== "embedded" && !own && named(environment) !== undefined) {
    throw new Failure(
      `The Docker engine at DOCKER_HOST = ${named(environment) ?? ""} does not answer. Start it, or unset DOCKER_HOST.`,
    );
  }
  if (mode === "existing") throw new Failure(`LINNIX_ENGINE=existing: ${howToGetAnEngine}`);
  if (!embeddable) throw new Failure(howToGetAnEngine);
  return undefined;
}

/** Finds an engine, or starts the embedded one. */
export async function ensureEngine(options: EngineOptions): Promise<Engine> {
  const found = await findEngine(options);
  if (found !== undefined) return found;
  const version = await ensureEmbedded(options.home, options.step);
  const env = embeddedEnvironment(options.home);
  return { kind: "embedded", host: env.DOCKER_HOST ?? "", version, env };
}
