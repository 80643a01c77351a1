import { spawn } from "node:child_process";
import * as path from "node:path";

import { Failure } from "./errors";
import { projectFolder } from "./home";
import { tryRun } from "./run";

/** A test whose title, or a suite's title, contains this is left out of the short set: another test of its kind stays. */
const fullOnly = "[full]";

/** Builds and boots are slow; the limit of ten minutes ends a test that hangs. */
const limits = ["--timeout", "600000", "--slow", "60000"];

/** A set of test files and how to run it. */
export interface TestSet {
  /** Paths or patterns. */
  readonly specs: readonly string[];
  /** Leaves out what is marked as `[full]`. */
  readonly short: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

const mocha = path.join(projectFolder, "node_modules", ".bin", "mocha");
const specArguments = (specs: readonly string[]): string[] => specs.flatMap((spec) => ["--spec", spec]);

/**
 * Runs the tests and returns mocha's exit status. It is not 0 if mocha was interrupted: mocha itself would then exit with 0,
 * as if all tests had passed.
 *
 * @param output where mocha's output goes; by default to this process's own.
 */
export function runMocha({ specs, short, environment }: TestSet, output: "inherit" | "ignore" = "inherit") {
  const filter = short ? ["--fgrep", fullOnly, "--invert"] : [];
  const args = ["--posix-exit-codes", ...limits, ...filter, ...specArguments(specs)];
  return new Promise<number>((resolve, reject) => {
    const child = spawn(mocha, args, { cwd: projectFolder, env: environment, stdio: ["inherit", output, output] });
    // Only SIGINT ends mocha together with the process that runs the tests.
    const interrupt = () => child.kill("SIGINT");
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, interrupt);
    child.on("error", reject);
    child.on("exit", (code) => {
      for (const signal of signals) process.off(signal, interrupt);
      resolve(code ?? 1);
    });
  });
}

/** The full titles of the tests that the short set leaves out, found without running a test. */
export async function leftOut({ specs, environment }: Pick<TestSet, "specs" | "environment">): Promise<string[]> {
  const args = ["--dry-run", "--reporter", "json", "--fgrep", fullOnly, ...specArguments(specs)];
  const { status, stdout, stderr } = await tryRun(mocha, args, { cwd: projectFolder, env: environment });
  if (status !== 0) throw new Failure(`mocha cannot list the tests of ${specs.join(", ")}:\n${stderr}`);
  const { tests } = JSON.parse(stdout) as { tests: { fullTitle: string }[] };
  return tests.map(({ fullTitle }) => fullTitle);
}
