/** Why an image could not be built. docker-build reports only "exit status 1", for its builds run through the engine's CLI. */
import { spawn } from "node:child_process";

import { type FailureOptions, onError } from "../error-hooks";
import { projectFolder } from "../project";
import { safeText } from "../safe-text";
import type { ImageName } from "../services/service";
import type { Architecture } from "../settings/ec2/types";
import { shellCommand } from "../shell-quoted";
import { type BuildSpec, logArguments } from "./build-spec";

/** Lines of BuildKit's log that are shown; the last ones give the failed step, its output and its place in the Dockerfile. */
const shownLines = 30;

/** Bytes of a line that are shown. */
const shownBytes = 400;

/** The most of BuildKit's log that is kept, in bytes: a step can print without end. */
const keptBytes = 64 * 1024;

/** The remedy for a git that BuildKit's messages report as missing. They do not mention whose machine lacks it. */
export function missingGit(messages: string): string | undefined {
  if (!messages.includes('exec: "git": executable file not found')) return undefined;
  return (
    "The machine of the Docker engine has no git, which BuildKit needs to fetch upstream's source. Install git there (Debian and " +
    "Ubuntu: apt-get install git; Amazon Linux and Fedora: dnf install git), or clone the source and set " +
    "linnix:source to the folder: ./path/to/the/checkout"
  );
}

/** The end of a log for a terminal: without the escape sequences and control characters that a build step printed. */
export function lastLines(log: string): string[] {
  const plain = log.split("\n").map((line) => safeText(line, shownBytes));
  return plain.join("\n").trimEnd().split("\n").slice(-shownLines);
}

/** The first words of what is reported of a failed build. */
export const failedTitle = (image: ImageName): string => `The build of ${image} failed`;

/** What a build came to that was run once more. */
export interface SecondBuild {
  readonly status: number;
  /** The end of what it printed. */
  readonly log: string;
}

/**
 * The error for people.
 *
 * @param command shows the whole log, pasted into a shell.
 * @param second undefined if the engine's CLI could not be run.
 */
export function explainBuild(image: ImageName, command: string, second: SecondBuild | undefined): string {
  const whole = `The whole log: ${command}`;
  if (second === undefined) return `${failedTitle(image)}. ${whole}`;
  if (second.status === 0) {
    return (
      `${failedTitle(image)}, and succeeds when it is run once more without a push. If it was to be pushed, the registry ` +
      `may have refused that: check that it can be reached and that its user may push. Otherwise run the command again. ${whole}`
    );
  }
  const git = missingGit(second.log);
  const lines = lastLines(second.log).map((line) => `  ${line}`);
  return [`${failedTitle(image)}:`, ...lines, ...(git === undefined ? [] : [git]), whole].join("\n");
}

/** Runs a program to its end; undefined if it cannot be run. Of its output, the end is kept. */
export function runForLog(program: string, args: readonly string[], cwd: string): Promise<SecondBuild | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let kept = Buffer.alloc(0);
    child.stderr.on("data", (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]).subarray(-keptBytes);
    });
    child.on("error", () => {
      resolve(undefined);
    });
    child.on("close", (code) => {
      resolve({ status: code ?? 1, log: kept.toString("utf8") });
    });
  });
}

/** Whether an error is the CLI's exit status alone. An interrupted build has another, and is not to be run again. */
export function isBareExitStatus(errors: readonly string[]): boolean {
  return /exit status \d+\s*$/.test(errors[0] ?? "");
}

/** Has a failed build run once more, for BuildKit's messages: every step before the one that fails comes from the cache. */
export function explainFailure(name: string, build: BuildSpec, architecture: Architecture | undefined): FailureOptions {
  return onError(name, async ({ errors }) => {
    if (!isBareExitStatus(errors)) return undefined;
    const args = logArguments(build, architecture);
    const second = await runForLog("docker", args, projectFolder);
    const command = `cd ${shellCommand(projectFolder)} && ${shellCommand("docker", ...args)}`;
    return explainBuild(build.image, command, second);
  });
}
