import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "../lib/errors";
import { type Home, ensureFolder } from "../lib/home";
import type { Step } from "../lib/progress";
import { run, tryRun } from "../lib/run";
import { aptSources, debianMirror } from "./debian";
import { packages, places, suite } from "./places";

/** The keys of Debian's archive; Ubuntu's debootstrap does not include them. */
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Installs debootstrap if it is missing: the only change to the system's packages. */
export async function ensureDebootstrap(home: Home, step: Step): Promise<void> {
  const found = await tryRun("debootstrap", ["--version"]).catch(() => undefined);
  if (found !== undefined && fs.existsSync(keyring)) return;
  step.say("installing debootstrap from this machine's package archive");
  const log = path.join(home.logs, "debootstrap-install.log");
  await run("apt-get", ["update"], { log });
  await run("apt-get", ["install", "-y", "--no-install-recommends", "debootstrap", "debian-archive-keyring"], { log });
}

/** A root that was built for another list of packages of the same suite. */
function olderRoot(home: Home): string | undefined {
  if (!fs.existsSync(home.engine)) return undefined;
  const release = (root: string): string => {
    const file = path.join(root, "etc/os-release");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  };
  return fs
    .readdirSync(home.engine)
    .filter((name) => name.startsWith("root-"))
    .map((name) => path.join(home.engine, name))
    .find((root) => release(root).includes(`VERSION_CODENAME=${suite}\n`));
}

/** The engine's root file system, also one that lacks some of the packages; undefined if there is none. */
export function existingRoot(home: Home): string | undefined {
  const { root } = places(home);
  return fs.existsSync(root) ? root : olderRoot(home);
}

/**
 * Adds the missing packages to a root in place, so that an engine that runs in it has them at once: building another root
 * would serve only an engine without containers. Without a network the root is used as it is.
 */
async function addPackages(older: string, home: Home, step: Step): Promise<string> {
  const { root } = places(home);
  step.say(`adding packages to the engine's root file system: ${packages.join(", ")}`);
  const log = path.join(home.logs, "engine-root.log");
  const apt = ["apt-get", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20"];
  try {
    fs.copyFileSync("/etc/resolv.conf", path.join(older, "etc/resolv.conf"));
    await run("chroot", [older, ...apt, "update"], { log });
    // The programs of a running engine must not be replaced.
    const install = ["install", "-y", "--no-install-recommends", "--no-upgrade", ...packages];
    await run("chroot", [older, "env", "DEBIAN_FRONTEND=noninteractive", ...apt, ...install], { log });
    fs.renameSync(older, root);
    return root;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    step.note(`The engine is used as it is, because packages can't be added to it (log: ${log}).`);
    return older;
  }
}

/** Creates the engine's root file system, or completes an older one; returns its path. The caller holds the lock. */
export async function ensureRoot(home: Home, step: Step): Promise<string> {
  const { root } = places(home);
  if (fs.existsSync(root)) return root;
  const older = olderRoot(home);
  if (older !== undefined) return addPackages(older, home, step);
  await createRoot(root, home, step);
  return root;
}

/** Builds the root with debootstrap; renamed only when complete. */
async function createRoot(root: string, home: Home, step: Step): Promise<void> {
  await ensureDebootstrap(home, step);
  // Left by a run that was killed.
  for (const name of fs.readdirSync(ensureFolder(home.engine)).filter((it) => it.startsWith("making-")))
    fs.rmSync(path.join(home.engine, name), { recursive: true, force: true });
  step.say("building a root file system with Docker 26 from Debian 13 (about a minute)");
  const temporary = fs.mkdtempSync(path.join(home.engine, "making-"));
  const cache = ensureFolder(path.join(home.cache, "debootstrap"));
  const options = ["--variant=minbase", `--include=${packages.join(",")}`, `--cache-dir=${cache}`];
  const args = ["debootstrap", ...options, suite, temporary, debianMirror(aptSources())];
  try {
    // In a mount namespace of its own, so that debootstrap's mounts end with it, even when it is killed.
    await run("unshare", ["--mount", "--propagation", "private", ...args], {
      log: path.join(home.logs, "engine-root.log"),
    });
    fs.chmodSync(temporary, 0o755);
    fs.renameSync(temporary, root);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** Copies the docker CLI and buildx out of the root: Go programs that need only a C library. */
export function ensureClient(home: Home, root: string): void {
  const { bin, config } = places(home);
  const plugins = path.join(config, "cli-plugins");
  ensureFolder(bin);
  fs.mkdirSync(plugins, { recursive: true });
  const copies: [string, string][] = [
    [path.join(root, "usr/bin/docker"), path.join(bin, "docker")],
    [path.join(root, "usr/libexec/docker/cli-plugins/docker-buildx"), path.join(plugins, "docker-buildx")],
  ];
  for (const [from, to] of copies) {
    if (fs.existsSync(to)) continue;
    fs.copyFileSync(from, `${to}.part`);
    fs.renameSync(`${to}.part`, to);
  }
}
