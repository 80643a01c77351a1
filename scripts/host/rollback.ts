import { explainFailure } from "../../components/hosts/ec2/rollout/result";
import { executionSeconds, followResult } from "../../components/hosts/ec2/rollout/roll-out";
import type { ReleaseResult } from "../../components/hosts/ec2/protocol";
import { safeText } from "../../components/safe-text";
import { type ReachedHost } from "../lib/ec2-stack";
import { BadInput, Failure } from "../lib/errors";
import { type HistoryEntry } from "./texts";
import { errorBytes, hostError, jsonOf, lookAtHost, rollBackHost } from "./linnix-release";

/** The releases that a host has applied, the oldest first. */
export async function historyOf(host: Pick<ReachedHost, "rolledOut" | "context">): Promise<readonly HistoryEntry[]> {
  return jsonOf(await lookAtHost(host, "history")) as HistoryEntry[];
}

/**
 * Has the host go back to the release before the current one, and prints each step.
 *
 * @param release the release that this must be; undefined for any.
 * @returns the host's result.
 * @throws BadInput if the host has no such release; Failure if that one does not become healthy either.
 */
export async function rollBack(
  host: Pick<ReachedHost, "rolledOut" | "context">,
  release: string | undefined,
): Promise<ReleaseResult | undefined> {
  const { document, instanceId, prefix, deadlineSeconds } = host.rolledOut;
  const following = await followResult(host.context, prefix, undefined);
  const seconds = executionSeconds(document, deadlineSeconds);
  const invocation = await rollBackHost(host, release, seconds, following.read);
  await following.read();
  const result = following.last();
  if (invocation.status === "Success") return result;
  const { stack } = document;
  if (invocation.exitCode === 2) {
    const problem = hostError(invocation);
    const remedy = `npm run host -- ${stack} history prints the releases; only the one before the current one is kept`;
    throw new BadInput([{ key: "release", ...(release === undefined ? {} : { value: release }), problem, remedy }]);
  }
  const { region } = host.context;
  const about = { release: result?.release ?? release ?? "before the current one", instanceId, stack, region };
  throw new Failure(safeText(explainFailure(about, invocation, result), errorBytes));
}
