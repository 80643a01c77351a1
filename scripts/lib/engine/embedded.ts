import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { Failure } from "../errors";
import { type Home, ensureFolder, projectFolder } from "../home";
import { withLock } from "../lock";
import type { Step } from "../progress";
import { run, tryRun } from "../run";
import { aptSources, debianMirror } from "./debian";
import { engineVersion } from "./docker";

/** Debian 13's packages that make an engine. */
const packages = ["ca-certificates", "docker.io", "docker-buildx", "docker-cli", "iptables"];
const suite = "trixie";

/** The embedded engine's places. */
export interface Places {
  readonly root: string;
  readonly home: string;
  readonly socket: string;
  readonly pid: string;
  readonly log: string;
  /** The docker CLI. */
  readonly bin: string;
  /** DOCKER_CONFIG, with the buildx plugin: the person's own ~/.docker is left alone. */
  readonly config: string;
}

/** Where everything of the embedded engine lies. */
export function places(home: Home): Places {
  const key = createHash("sha256")
    .update([suite, ...packages].join(" "))
    .digest("hex")
    .slice(0, 12);
  const under = (name: string) => path.join(home.engine, name);
  return {
    root: under(`root-${key}`),
    home: home.engine,
    socket: under("docker.sock"),
    pid: under("dockerd.pid"),
    log: under("dockerd.log"),
    bin: under("bin"),
    config: under("config"),
  };
}

/** What has to be added to the environment to use the embedded engine. */
export function embeddedEnvironment(home: Home): Record<string, string> {
  const { socket, bin, config } = places(home);
  return { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: config, PATH: bin };
}

/** debootstrap, installed when it is missing: the one thing that is put onto the system. */
export async function ensureDebootstrap(home: Home, step: Step): Promise<void> {
  const found = await tryRun("debootstrap", ["--version"]).catch(() => undefined);
  if (found !== undefined) return;
  step.say("installing debootstrap from this machine's package archive");
  const log = path.join(home.logs, "debootstrap-install.log");
  await run("apt-get", ["update"], { log });
  await run("apt-get", ["install", "-y", "--no-install-recommends", "debootstrap"], { log });
}

/** The engine's root file system, made once; a half-made one never takes its name. */
async function ensureRoot(home: Home, step: Step): Promise<void> {
  const { root } = places(home);
  if (fs.existsSync(root)) return;
  await ensureDebootstrap(home, step);
  step.say("making a root for Docker 26 from Debian 13 (about a minute)");
  const temporary = fs.mkdtempSync(path.join(ensureFolder(home.engine), "making-"));
  const mirror = debianMirror(aptSources());
  const cache = ensureFolder(path.join(home.cache, "debootstrap"));
  const args = [
    "--variant=minbase",
    `--include=${packages.join(",")}`,
    `--cache-dir=${cache}`,
    suite,
    temporary,
    mirror,
  ];
  try {
    await run("debootstrap", args, { log: path.join(home.logs, "engine-root.log") });
    fs.chmodSync(temporary, 0o755);
    fs.renameSync(temporary, root);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** The docker CLI and buildx out of the root: Go programs that need nothing but a C library. */
function ensureClient(home: Home): void {
  const { root, bin, config } = places(home);
  const plugins = path.join(config, "cli-plugins");
  ensureFolder(bin);
  fs.mkdirSync(plugins, { recursive: true });
  const copies: [string, string][] = [
    [path.join(root, "usr/bin/docker"), path.join(bin, "docker")],
    [path.join(root, "usr/libexec/docker/cli-plugins/docker-buildx"), path.join(plugins, "docker-buildx")],
  ];
  for (const [from, to] of copies) if (!fs.existsSync(to)) fs.copyFileSync(from, to);
}

/** A bridge address that this machine doesn't use yet; empty when Docker's default is free. */
export function bridgeAddress(
  interfaces = os.networkInterfaces(),
  hasDocker0 = fs.existsSync("/sys/class/net/docker0"),
): string {
  if (!hasDocker0) return "";
  const used = Object.values(interfaces).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
  const free = [29, 28, 27, 26, 25].find((second) => !used.some((address) => address.startsWith(`172.${second}.`)));
  return free === undefined ? "" : `172.${free}.0.1/16`;
}

/** The engine's process, when it lives. */
export function enginePid(home: Home): number | undefined {
  try {
    const pid = Number(fs.readFileSync(places(home).pid, "utf8"));
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return command.startsWith("dockerd") && command.includes(home.engine) ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function launch(home: Home, step: Step): Promise<string> {
  const { root, socket, pid, log } = places(home);
  if (Buffer.byteLength(socket) > 107) {
    throw new Failure(`${socket}: a socket's path may have 107 bytes. Set LINNIX_HOME to a shorter one.`);
  }
  step.say("starting the embedded Docker engine");
  // Left behind by an engine that was killed: dockerd takes the number for itself where another process has it by now.
  fs.rmSync(pid, { force: true });
  const script = path.join(projectFolder, "scripts", "engine", "start.sh");
  await run("sh", [script, root, home.engine, socket, bridgeAddress()], {
    log: path.join(home.logs, "engine-start.log"),
  });
  const environment = {
    ...process.env,
    ...embeddedEnvironment(home),
    PATH: `${places(home).bin}:${process.env.PATH ?? ""}`,
  };
  for (let tries = 0; tries < 120; tries++) {
    const version = await engineVersion(environment);
    if (version !== undefined) return version;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const tail = fs.readFileSync(log, "utf8").trim().split("\n").slice(-8).join("\n");
  throw new Failure(`The embedded Docker engine did not answer within a minute:\n${tail}\nWhole log: ${log}`);
}

/** Has the embedded engine running: made on the first call, started again when it is gone. Safe against another run. */
export async function ensureEmbedded(home: Home, step: Step): Promise<string> {
  const environment = {
    ...process.env,
    ...embeddedEnvironment(home),
    PATH: `${places(home).bin}:${process.env.PATH ?? ""}`,
  };
  const answering = () => (fs.existsSync(places(home).bin) ? engineVersion(environment) : Promise.resolve(undefined));
  const version = await answering();
  if (version !== undefined) return version;
  ensureFolder(home.engine);
  return withLock(
    path.join(home.root, "engine.making"),
    async () => {
      await ensureRoot(home, step);
      ensureClient(home);
      return (await answering()) ?? (await launch(home, step));
    },
    () => {
      step.say("another run is starting the engine; waiting for it");
    },
  );
}
