import { createHash } from "node:crypto";
import * as path from "node:path";

import type { Home } from "../home";

/** Debian's release that the embedded engine comes from. */
export const suite = "trixie";

/** Its packages that make an engine; iproute2 makes its bridge. */
export const packages = ["ca-certificates", "docker.io", "docker-buildx", "docker-cli", "iproute2", "iptables"];

/** The embedded engine's places. */
export interface Places {
  readonly root: string;
  readonly home: string;
  readonly socket: string;
  readonly pid: string;
  readonly log: string;
  /** What this machine's firewall was like before the engine first ran. */
  readonly before: string;
  /** The docker CLI. */
  readonly bin: string;
  /** DOCKER_CONFIG, with the buildx plugin: the person's own ~/.docker is left alone. */
  readonly config: string;
  /** The default network's bridge: one of its own, since docker0 is another engine's, or will be. */
  readonly bridge: string;
}

const shortHash = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);

/** Where everything of the embedded engine lies. */
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

/** What has to be added to the environment to use the embedded engine. */
export function embeddedEnvironment(home: Home): Record<string, string> {
  const { socket, bin, config } = places(home);
  return { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: config, PATH: bin };
}

/** The environment of a docker command that talks to the embedded engine. */
export function clientEnvironment(home: Home, environment = process.env): NodeJS.ProcessEnv {
  return {
    ...environment,
    ...embeddedEnvironment(home),
    PATH: `${places(home).bin}:${environment.PATH ?? ""}`,
  };
}
