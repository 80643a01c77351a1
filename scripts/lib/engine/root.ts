import * as fs from "node:fs";
import * as path from "node:path";

import { type Home, ensureFolder } from "../home";
import type { Step } from "../progress";
import { run, tryRun } from "../run";
import { aptSources, debianMirror } from "./debian";
import { packages, places, suite } from "./places";

/** What Debian's archive is verified with; Ubuntu's debootstrap comes without it. */
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** debootstrap, installed when it is missing: the one thing that is put onto the system. */
export async function ensureDebootstrap(home: Home, step: Step): Promise<void> {
  const found = await tryRun("debootstrap", ["--version"]).catch(() => undefined);
  if (found !== undefined && fs.existsSync(keyring)) return;
  step.say("installing debootstrap from this machine's package archive");
  const log = path.join(home.logs, "debootstrap-install.log");
  await run("apt-get", ["update"], { log });
  await run("apt-get", ["install", "-y", "--no-install-recommends", "debootstrap", "debian-archive-keyring"], { log });
}

/** The engine's root file system, made once; a half-made one never takes its name. The caller holds the lock. */
export async function ensureRoot(home: Home, step: Step): Promise<void> {
  const { root } = places(home);
  if (fs.existsSync(root)) return;
  await ensureDebootstrap(home, step);
  // Of a run that was killed.
  for (const name of fs.readdirSync(ensureFolder(home.engine)).filter((it) => it.startsWith("making-")))
    fs.rmSync(path.join(home.engine, name), { recursive: true, force: true });
  step.say("making a root for Docker 26 from Debian 13 (about a minute)");
  const temporary = fs.mkdtempSync(path.join(home.engine, "making-"));
  const cache = ensureFolder(path.join(home.cache, "debootstrap"));
  const options = ["--variant=minbase", `--include=${packages.join(",")}`, `--cache-dir=${cache}`];
  const args = ["debootstrap", ...options, suite, temporary, debianMirror(aptSources())];
  try {
    // In a mount namespace of its own: what debootstrap mounts goes with it, even when it is killed.
    await run("unshare", ["--mount", "--propagation", "private", ...args], {
      log: path.join(home.logs, "engine-root.log"),
    });
    fs.chmodSync(temporary, 0o755);
    fs.renameSync(temporary, root);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** The docker CLI and buildx out of the root: Go programs that need nothing but a C library. */
export function ensureClient(home: Home): void {
  const { root, bin, config } = places(home);
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
