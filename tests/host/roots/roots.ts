import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import pins from "../../../pins.json";
import { aptSources, debianMirror } from "../../../scripts/engine/debian";
import { ensureDebootstrap } from "../../../scripts/engine/root";
import { type Home, ensureFolder } from "../../../scripts/lib/home";
import { withLock } from "../../../scripts/lib/lock";
import type { Step } from "../../../scripts/lib/progress";
import { run } from "../../../scripts/lib/run";

/** The Debian release of the machine and of the world's tools. */
const suite = pins.debianSuites.stable;

/** The folder for this layer's caches and runs, outside the checkout. */
export const worldFolder = (home: Home): string => path.join(home.root, "world");

/** A short hash of a build's inputs: the content of files, and other values as text. */
export function keyOf(files: readonly string[], ...rest: readonly string[]): string {
  const hash = createHash("sha256").update(rest.join("\0"));
  for (const file of files) hash.update(`\0${path.basename(file)}\0`).update(fs.readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

/** Removes results of older inputs that were not used for a day. Newer ones may still be in use by another checkout. */
function removeUnused(folder: string, kind: string): void {
  const aDayAgo = Date.now() - 24 * 3600 * 1000;
  for (const name of fs.readdirSync(folder).filter((it) => it.startsWith(`${kind}-`))) {
    const old = path.join(folder, name);
    if (fs.statSync(old).mtimeMs < aDayAgo) fs.rmSync(old, { recursive: true, force: true });
  }
}

/** Builds a cached folder once: `make` fills a temporary folder, which is renamed when it is complete. */
export async function once(
  home: Home,
  kind: string,
  key: string,
  step: Step,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = path.join(ensureFolder(worldFolder(home)), `${kind}-${key}`);
  const part = `${folder}.part`;
  const making = async () => {
    removeUnused(worldFolder(home), kind);
    if (fs.existsSync(folder)) return;
    fs.rmSync(part, { recursive: true, force: true });
    fs.mkdirSync(part);
    await make(part);
    fs.renameSync(part, folder);
  };
  const wait = () => {
    step.say(`another run is making ${kind}; waiting for it`);
  };
  if (!fs.existsSync(folder)) await withLock(path.join(worldFolder(home), `.${kind}.making`), making, wait);
  fs.utimesSync(folder, new Date(), new Date());
  return folder;
}

/** Installs Debian 13 and packages into a folder, in a mount namespace with which all mounts end. */
export async function debianRoot(
  home: Home,
  step: Step,
  folder: string,
  packages: readonly string[],
  log: string,
): Promise<void> {
  await ensureDebootstrap(home, step);
  const cache = ensureFolder(path.join(home.cache, "debootstrap"));
  const script = path.join(__dirname, "debian-root.sh");
  const command = ["sh", script, suite, debianMirror(aptSources()), cache, folder, ...packages];
  await run("unshare", ["--mount", "--propagation", "private", ...command], { log: path.join(home.logs, log) });
  fs.chmodSync(folder, 0o755);
}
