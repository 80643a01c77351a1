import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { aptSources, debianMirror } from "../../../scripts/lib/engine/debian";
import { ensureDebootstrap } from "../../../scripts/lib/engine/root";
import { type Home, ensureFolder } from "../../../scripts/lib/home";
import { withLock } from "../../../scripts/lib/lock";
import type { Step } from "../../../scripts/lib/progress";
import { run } from "../../../scripts/lib/run";

/** Debian's release that the machine and the world's tools come from. */
export const suite = "trixie";

/** Where this layer keeps what is slow to make, and its runs: outside the checkout. */
export const worldFolder = (home: Home): string => path.join(home.root, "world");

/** A short name of everything that goes into something: files by their content, the rest as it stands. */
export function keyOf(files: readonly string[], ...rest: readonly string[]): string {
  const hash = createHash("sha256").update(rest.join("\0"));
  for (const file of files) hash.update(`\0${path.basename(file)}\0`).update(fs.readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

/** Removes what an older recipe made, once nobody has used it for a day: another checkout may be at it. */
function removeUnused(folder: string, kind: string): void {
  const aDayAgo = Date.now() - 24 * 3600 * 1000;
  for (const name of fs.readdirSync(folder).filter((it) => it.startsWith(`${kind}-`))) {
    const old = path.join(folder, name);
    if (fs.statSync(old).mtimeMs < aDayAgo) fs.rmSync(old, { recursive: true, force: true });
  }
}

/** Makes something in a folder of its own once: `make` fills a temporary one, which takes the name when it is whole. */
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

/** Fills a folder with Debian 13 and packages. In a mount namespace of its own: what is mounted goes with it. */
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
