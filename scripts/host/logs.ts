import { spawn } from "node:child_process";
import { once } from "node:events";
import * as readline from "node:readline";
import type { Readable } from "node:stream";

import { safeText } from "../../components/safe-text";
import { Failure } from "../lib/errors";

/** Bytes of a log line that are printed. Docker's own limit. */
const lineBytes = 16_384;

/** Prints the lines of a stream as they come, without what would control the terminal. */
async function pass(from: Readable, print: (line: string) => void): Promise<void> {
  for await (const line of readline.createInterface({ input: from, crlfDelay: Infinity }))
    print(safeText(line, lineBytes));
}

/**
 * Prints what a command prints, line by line: a log may be longer than memory.
 *
 * @param print receives each line of standard output.
 * @param both whether standard error is part of the log.
 * @throws Failure if the command cannot be run, or fails; with its standard error.
 */
export async function printLog(
  [command = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  print: (line: string) => void,
  both = false,
): Promise<void> {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let errors: string[] = [];
  const keep = (line: string): void => {
    errors = [...errors, line].slice(-5);
  };
  const ended = once(child, "close") as Promise<[number | null]>;
  try {
    const [[status]] = await Promise.all([
      ended,
      pass(child.stdout, print),
      pass(child.stderr, (line) => {
        keep(line);
        if (both) print(line);
      }),
    ]);
    if (status === 0) return;
    const why = both ? "" : `:\n${errors.join("\n")}`;
    throw new Failure(`${[command, ...args].join(" ")} ended with status ${status ?? 1}${why}`);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${command}: cannot be run: ${(error as Error).message}`);
  }
}
