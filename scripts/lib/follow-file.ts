import * as fs from "node:fs";
import { StringDecoder } from "node:string_decoder";

/** Milliseconds between two readings. Polling works on every file system; notifications don't. */
const interval = 100;

/**
 * Reads a file that another program appends lines to. `onLine` gets each line once it is complete. The file may not
 * exist yet.
 *
 * @returns ends the reading: what was appended since is read, and a last line without its end is passed on too.
 */
export function followFile(file: string, onLine: (line: string) => void): () => void {
  const decoder = new StringDecoder("utf8");
  const buffer = Buffer.alloc(64 * 1024);
  let descriptor: number | undefined;
  let pending = "";
  const take = () => {
    if (descriptor === undefined && !fs.existsSync(file)) return;
    descriptor ??= fs.openSync(file, "r");
    for (let read; (read = fs.readSync(descriptor, buffer)) > 0;) {
      const lines = (pending + decoder.write(buffer.subarray(0, read))).split("\n");
      pending = lines.pop() ?? "";
      lines.forEach(onLine);
    }
  };
  const timer = setInterval(take, interval);
  // What is followed is another program's work; that program keeps this process alive.
  timer.unref();
  return () => {
    clearInterval(timer);
    take();
    if (descriptor !== undefined) fs.closeSync(descriptor);
    if (pending !== "") onLine(pending);
  };
}
