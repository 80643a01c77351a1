import { Failure } from "./errors";
import { run, tryRun } from "./run";

/** Whether a CI system runs this (`CI=true`): missing programs are then installed, and what is still missing fails. */
export const inCi = (): boolean => process.env.CI === "true";

/** Whether a program can be started; by default with `--version`. */
export async function canRun(program: string, args: readonly string[] = ["--version"]): Promise<boolean> {
  return (await tryRun(program, args).catch(() => undefined))?.status === 0;
}

/** Installs Debian packages with this machine's apt; `log` as in `run`. Needs root. */
export async function installPackages(packages: readonly string[], log?: string): Promise<void> {
  const options = log === undefined ? {} : { log };
  await run("apt-get", ["update"], options);
  await run("apt-get", ["install", "-y", "--no-install-recommends", ...packages], options);
}

/**
 * Prepares what a quality command requires, and runs its body with that. Where a requirement is missing (a {@link Failure}),
 * leaves the body out and prints a warning; fails in CI.
 *
 * @param what the name in the warning.
 * @returns the exit status: the body's, or 0 when it was left out.
 */
export async function withRequirements<T>(
  what: string,
  prepare: () => Promise<T>,
  body: (prepared: T) => Promise<number>,
): Promise<number> {
  let prepared: T;
  try {
    prepared = await prepare();
  } catch (error) {
    if (!(error instanceof Failure) || inCi()) throw error;
    process.stderr.write(`\n*** LEFT OUT: ${what} cannot run on this machine ***\n${error.message}\n`);
    return 0;
  }
  return body(prepared);
}
