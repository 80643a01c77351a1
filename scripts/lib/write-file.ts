import * as fs from "node:fs";

/** Writes a file so that a reader sees all of it or the previous one; `mode` is the new file's (0600 by default). */
export function writeFileAtomically(file: string, text: string, mode = 0o600): void {
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, text, { mode });
  fs.renameSync(temporary, file);
}
