import * as fs from "node:fs";
import * as path from "node:path";

import type { Home } from "../lib/home";
import { cliArchive } from "../toolchain/archives";
import { buildKey } from "../toolchain/build";
import { goPrograms } from "../toolchain/programs";

/** The names below a folder; none if it does not exist. */
function names(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

/** The folder of the downloaded CLI; undefined on a machine that it is not published for. */
function cliFolder(): string | undefined {
  try {
    return path.posix.basename(new URL(cliArchive().url).pathname, ".tar.gz");
  } catch {
    return undefined;
  }
}

/**
 * What the next start downloads or builds again if it needs it, and what no start needs: caches, and programs of other
 * versions of this project. Programs that are in use, state, models and logs are not among it.
 */
export function prunable(home: Home): string[] {
  const cli = cliFolder();
  const tools = names(home.tools).flatMap((name) => {
    const folder = path.join(home.tools, name);
    const program = goPrograms.find((it) => it.name === name);
    if (program !== undefined) {
      const key = buildKey(program);
      return names(folder).flatMap((build) => (build === key ? [] : [path.join(folder, build)]));
    }
    return name.startsWith("pulumi-v") && cli !== undefined && name !== cli ? [folder] : [];
  });
  // Tests in progress have their stacks in the cache.
  const caches = names(home.cache).flatMap((name) => (name === "tests" ? [] : [path.join(home.cache, name)]));
  return [...caches, ...tools];
}

/** A part of the project's home: a folder of it, or all files beside the folders. */
interface Part {
  readonly name: string;
  readonly bytes: number;
  /** How many of them {@link prunable} names. */
  readonly freed: number;
}

/** The home's parts, the largest first. */
export function partsOf(home: Home): Part[] {
  const removed = prunable(home);
  const sum = (places: readonly string[]) => places.reduce((bytes, place) => bytes + bytesOf(place), 0);
  const part = (name: string, places: readonly string[]): Part => {
    const freed = removed.filter((place) => places.some((whole) => place.startsWith(whole + path.sep)));
    return { name, bytes: sum(places), freed: sum(freed) };
  };
  const all = names(home.root).map((name) => path.join(home.root, name));
  const folders = all.filter((place) => fs.lstatSync(place).isDirectory());
  const files = all.filter((place) => !folders.includes(place));
  return [...folders.map((place) => part(`${path.basename(place)}/`, [place])), part("files", files)].sort(
    (a, b) => b.bytes - a.bytes,
  );
}

/** Bytes for a person. */
export const readable = (bytes: number): string =>
  bytes >= 1e8 ? `${(bytes / 1e9).toFixed(1)} GB` : bytes >= 1e6 ? `${(bytes / 1e6).toFixed(0)} MB` : "< 1 MB";

/** What a dry run prints. */
export function partsText(parts: readonly Part[], root: string): string {
  const row = (bytes: number, text: string) => `${readable(bytes).padStart(8)}  ${text}\n`;
  const rows = parts.map(({ name, bytes, freed }) =>
    row(bytes, freed === 0 ? name : `${name}, of which a prune frees ${readable(freed)}`),
  );
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return [...rows, row(total, `in all, in ${root}`)].join("");
}

/** Bytes that a file or a folder takes on the disk; a symbolic link counts itself only. */
export function bytesOf(place: string): number {
  const found = fs.lstatSync(place, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  const own = found.blocks * 512;
  return found.isDirectory() ? names(place).reduce((sum, name) => sum + bytesOf(path.join(place, name)), own) : own;
}
