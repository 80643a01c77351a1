/** Reads what validation has to know of a model's file. */
import * as fs from "node:fs";

import { defined } from "../../defined";
import type { FileFacts } from "./file";

/** Enough of a model's file for the key that says how many parts the model has: it follows the vocabulary. */
const startBytes = 32 * 1024 * 1024;

/** The number of parts that a GGUF file says its model is split into: a key, its type (16 bits), the number. */
function partsOf(start: Buffer): number | undefined {
  const key = Buffer.from("split.count\x02\0\0\0", "latin1");
  const at = start.indexOf(key);
  return at < 0 || at + key.length + 2 > start.length ? undefined : start.readUInt16LE(at + key.length);
}

/** Reads the beginning of a file; undefined if this user may not. */
function startOf(path: string): Buffer | undefined {
  let file: number;
  try {
    file = fs.openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const buffer = Buffer.alloc(Math.min(startBytes, fs.fstatSync(file).size));
    return buffer.subarray(0, fs.readSync(file, buffer));
  } finally {
    fs.closeSync(file);
  }
}

/** What is known of a file; undefined if there is none. */
export function fileFacts(path: string): FileFacts | undefined {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true) return undefined;
  const { mode, uid, gid, size, mtimeMs } = found;
  const start = startOf(path);
  return {
    // An engine on another system runs in a virtual machine, which maps owners and permissions.
    ...defined({ access: process.platform === "linux" ? { mode, uid, gid } : undefined }),
    bytes: size,
    modified: Math.floor(mtimeMs),
    ...defined({ start: start?.toString("latin1", 0, 100), parts: start === undefined ? undefined : partsOf(start) }),
  };
}
