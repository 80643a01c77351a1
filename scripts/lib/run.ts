import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline";

import { Failure } from "./errors";

/** Options of {@link run} and {@link tryRun}. */
export interface RunOptions {
  readonly cwd?: string;
  /** The complete environment; by default this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** A file to which the command's output is appended. The error message names it. */
  readonly log?: string;
  /** Called for each line of standard output and standard error, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Standard input; by default empty. */
  readonly input?: string;
  /** Milliseconds after which the command is killed, which is a failure; unlimited by default. */
  readonly timeout?: number;
}

/** A command's output and exit status. */
export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end and returns its result, whatever its exit status.
 *
 * @throws Failure if it can't be started or runs into the timeout.
 */
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

/**
 * Runs a command and returns its result.
 *
 * @throws Failure with the last lines and the log file if its exit status is not 0.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await tryRun(command, args, options);
  if (result.status === 0) return result;
  const tail = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-12).join("\n");
  const log = options.log === undefined ? "" : `\nWhole log: ${options.log}`;
  throw new Failure(`${[command, ...args].join(" ")} ended with status ${result.status}:\n${tail}${log}`);
}
