/**
 * The Docker CLI, as the dynamic providers use it: they are serialised and run in a process of their own, so a function
 * here loads what it needs when it is called, and captures nothing but other functions.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- see above */
import { safeText } from "../../safe-text";

/** How a Docker command ended. */
export interface DockerResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `docker` with these arguments on the engine that DOCKER_HOST (or the current context) names.
 *
 * @param input its standard input; by default none.
 */
export function docker(args: readonly string[], timeoutSeconds = 30, input?: Uint8Array): Promise<DockerResult> {
  const { execFile } = require("node:child_process") as typeof import("node:child_process");
  return new Promise((resolve) => {
    const options = { timeout: timeoutSeconds * 1000, maxBuffer: 16 * 1024 * 1024, encoding: "utf8" as const };
    const child = execFile("docker", [...args], options, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ status: 0, stdout, stderr });
      } else if (typeof error.code === "number") {
        resolve({ status: error.code, stdout, stderr });
      } else {
        const why = error.killed === true ? `no answer within ${timeoutSeconds} s` : error.message;
        resolve({ status: 125, stdout, stderr: stderr === "" ? why : stderr });
      }
    });
    // A program that ends before it has read its input is reported by its exit status.
    child.stdin?.on("error", () => undefined).end(input);
  });
}

/** The bytes of a log line that are kept. */
const lineBytes = 400;

/** The last lines of what a container printed that are not empty, as they may be shown on a terminal. */
export function lastLines(text: string, count: number): string[] {
  return text
    .split("\n")
    .map((line) => safeText(line, lineBytes))
    .filter((line) => line.trim() !== "")
    .slice(-count);
}

/** The last lines that a container logged, standard output and standard error together. */
export async function lastLogLines(container: string, count: number): Promise<string[]> {
  const { stdout, stderr } = await docker(["logs", "--tail", String(count), container]);
  return lastLines(`${stdout}${stderr}`, count);
}
