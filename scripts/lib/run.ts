import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline";

import { Failure } from "./errors";

/** How a command is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; by default this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** A file that gets everything the command prints (appended). A failure names it. */
  readonly log?: string;
  /** Called for each line of standard output and standard error, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Given on standard input; by default there is none. */
  readonly input?: string;
  /** Milliseconds after which the command is killed and has failed; none by default. */
  readonly timeout?: number;
}

/** What a command printed, and how it ended. */
export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit status. Fails only when it can't be started or runs out of time. */
export function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: "SIGKILL" as const }),
    });
    if (options.log !== undefined) fs.mkdirSync(path.dirname(options.log), { recursive: true });
    const log = options.log === undefined ? undefined : fs.createWriteStream(options.log, { flags: "a" });
    log?.write(`$ ${[command, ...args].join(" ")}\n`);
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      const stream = child[name];
      if (stream === null) continue;
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => {
        text[name] += chunk;
        log?.write(chunk);
      });
      if (options.onLine !== undefined) readline.createInterface({ input: stream }).on("line", options.onLine);
    }
    if (options.input !== undefined) {
      child.stdin?.on("error", () => undefined); // a command that doesn't read its input is not an error here
      child.stdin?.end(options.input);
    }
    child.on("error", (error) => {
      log?.end();
      reject(new Failure(`${command}: cannot be run: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      log?.end();
      if (signal !== null && options.timeout !== undefined) {
        reject(new Failure(`${command}: ended by ${signal} after ${options.timeout} ms`));
      } else {
        resolve({ status: code ?? 1, ...text });
      }
    });
  });
}

/** Runs a command and returns what it printed; a {@link Failure} with the last lines and the log file when it fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await tryRun(command, args, options);
  if (result.status === 0) return result;
  const tail = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-12).join("\n");
  const log = options.log === undefined ? "" : `\nWhole log: ${options.log}`;
  throw new Failure(`${[command, ...args].join(" ")} ended with status ${result.status}:\n${tail}${log}`);
}
