import { createHash } from "node:crypto";
import * as path from "node:path";

import pins from "../../pins.json";
import type { Home } from "../lib/home";

/** Debian's release that the embedded engine comes from. */
export const suite = pins.debianSuites.stable;

/** Its packages that make an engine: iproute2 makes its bridge, BuildKit fetches source with git. */
export const packages = ["ca-certificates", "docker.io", "docker-buildx", "docker-cli", "git", "iproute2", "iptables"];

/** The embedded engine's paths, and its bridge. */
export interface Places {
  /** The root with these packages. A root that an earlier version built has another name, see `existingRoot`. */
  readonly root: string;
  readonly home: string;
  readonly socket: string;
  readonly pid: string;
  readonly log: string;
  /** The firewall's forwarding policy from before the engine's first start. */
  readonly before: string;
  /** The docker CLI. */
  readonly bin: string;
  /** DOCKER_CONFIG, with the buildx plugin, so that the user's own ~/.docker is not touched. */
  readonly config: string;
  /** The default network's bridge; not docker0, which another engine may use. */
  readonly bridge: string;
}

const shortHash = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);

/** The paths of the embedded engine. */
export function places(home: Home): Places {
  const under = (name: string) => path.join(home.engine, name);
  return {
    root: under(`root-${shortHash([suite, ...packages].join(" "), 12)}`),
    home: home.engine,
    socket: under("docker.sock"),
    pid: under("dockerd.pid"),
    log: under("dockerd.log"),
    before: under("before.json"),
    bin: under("bin"),
    config: under("config"),
    bridge: `linnix-${shortHash(home.engine, 8)}`, // an interface's name may have 15 characters
  };
}

/** Environment variables needed to use the embedded engine. */
export function embeddedEnvironment(home: Home): Record<string, string> {
  const { socket, bin, config } = places(home);
  return { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: config, PATH: bin };
}

/** The environment of a docker command that uses the embedded engine. */
export function clientEnvironment(home: Home, environment = process.env): NodeJS.ProcessEnv {
  return {
    ...environment,
    ...embeddedEnvironment(home),
    PATH: `${places(home).bin}:${environment.PATH ?? ""}`,
  };
}
