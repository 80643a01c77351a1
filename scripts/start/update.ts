import { PulumiFailed } from "../lib/operation";
import type { Changes } from "../lib/pulumi";
import type { BuildsAgain } from "./failed-build";

/** What an update calls; tests replace it. */
export interface UpdateCalls {
  /** @throws PulumiFailed */
  readonly run: () => Promise<Changes>;
  /** Repeats the builds among the failed resources. */
  readonly buildAgain: (failed: PulumiFailed) => Promise<BuildsAgain>;
  /** Called before the update is continued. */
  readonly onContinue: () => void;
}

/**
 * Runs an update. If nothing but builds failed, and each of them succeeds when it is repeated, the cause was temporary: a
 * name server or a package index that did not answer. Then the update is continued, once.
 *
 * @returns the changes of the last run.
 * @throws PulumiFailed or Failure with the cause of each build that failed twice.
 */
export async function updateWithRetry({ run, buildAgain, onContinue }: UpdateCalls): Promise<Changes> {
  let first: PulumiFailed;
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof PulumiFailed)) throw error;
    first = error;
  }
  const { causes, built } = await buildAgain(first);
  const isRepaired = first.resources.length > 0 && first.resources.every(({ name }) => built.includes(name));
  if (!isRepaired) throw first.with(causes);
  onContinue();
  return run();
}
