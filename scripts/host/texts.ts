/** What a host says of itself, for people. Pure. */
import { type HostObservation, type ReleaseResult } from "../../components/hosts/ec2/protocol";
import { stackName } from "../../components/services/service";

/** A release's entry in the history: its result without the probe's answer and the log. */
export type HistoryEntry = Omit<ReleaseResult, "answer" | "log">;

const column = (text: string, width: number): string => text.padEnd(width);

function rowsOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => (row[index] ?? "").length)));
  const lines = rows.map((row) => row.map((cell, index) => column(cell, widths[index] ?? 0)).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** The releases that were applied, the oldest first. */
export function historyText(entries: readonly HistoryEntry[]): string {
  if (entries.length === 0) return "No release was applied yet.\n";
  const rows = entries.map(({ at, release, outcome, seconds, step, detail }) => [
    at,
    release ?? "unknown",
    outcome,
    `${Math.round(seconds)} s`,
    [step, detail].filter((part) => part !== null && part !== "").join(": "),
  ]);
  return rowsOf([["at", "release", "outcome", "took", "detail"], ...rows]);
}

const percent = (value: number | null): string => (value === null ? "not mounted" : `${value} % used`);

/** The host's observation of itself. */
export function statusText(host: HostObservation, stack: string): string {
  const services = Object.entries(host.services).map(([name, { state, restarts, ready, usage }]) => {
    const answer = ready === null ? "none" : ready.status === 0 ? "no answer" : ready.status;
    const used = usage === undefined ? "" : `, CPU ${usage.cpu}, memory ${usage.memory}`;
    return [name.replace(stackName(stack, ""), ""), `${state}, ${restarts} restarts, probe: ${answer}${used}`];
  });
  return rowsOf([
    ["host", host.healthy ? "healthy" : "NOT healthy"],
    ["release", host.release ?? "none yet"],
    ...(host.desired === host.release ? [] : [["asked for", host.desired ?? "none yet"]]),
    ["kernel", host.kernel],
    ["memory", percent(host.memoryUsedPercent)],
    ["root volume", percent(host.rootUsedPercent)],
    ["data volume", percent(host.dataUsedPercent)],
    ...services,
    ...host.problems.map((problem) => ["problem", problem]),
  ]);
}
