/** Packs everything that runs on a host, except its bootstrap, into one archive. Pure. */
import { createHash } from "node:crypto";

import { createTar } from "nanotar";

import type { BundleFacts } from "./facts";
import { type BundleFile, bundleFiles } from "./files";

/** An archive of the host's programs, known by its hash. */
export interface Bundle {
  /** SHA-256 of the archive, in hexadecimal: the bundle's id. */
  readonly sha256: string;
  /** An uncompressed ustar archive. Compressors give other bytes in other versions, and the id would change with them. */
  readonly archive: Buffer;
}

/** The longest path that fits into a ustar header without its prefix field, which the packer does not write. */
const longestName = 100;

/** An archive ends in two blocks of zeros; the packer leaves them out if the files fill its last record. */
const end = Buffer.alloc(2 * 512);

/**
 * Packs files: equal files give equal bytes on every machine, in whichever order they are passed. They belong to root, are
 * of no date, and are executable if they begin with `#!`.
 *
 * @throws if a path is too long for the format, which would cut it silently.
 */
export function pack(files: readonly BundleFile[]): Bundle {
  for (const { name } of files) {
    if (Buffer.byteLength(name) > longestName)
      throw new Error(`host bundle: the path ${name} has more than ${longestName} bytes: shorten it`);
  }
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const entries = sorted.map(({ name, content }) => ({
    name,
    data: content,
    attrs: { mode: content.startsWith("#!") ? "755" : "644" },
  }));
  const tar = createTar(entries, { attrs: { uid: 0, gid: 0, user: "root", group: "root", mtime: 0 } });
  const archive = Buffer.concat([tar, end]);
  return { sha256: createHash("sha256").update(archive).digest("hex"), archive };
}

/** The bundle of a stack's host. */
export const hostBundle = (facts: BundleFacts): Bundle => pack(bundleFiles(facts));
