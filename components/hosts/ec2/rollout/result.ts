/** What the host says of its latest release, in the parameter `result`. host/linnix-release writes it. Pure. */
import type { Answer } from "../../../health/report";
import type { Invocation, ParameterValue } from "./ssm";

/** The outcome of a release as the host tells it. */
export interface ReleaseResult {
  readonly release: string;
  readonly outcome: "running" | "healthy" | "rolled-back" | "failed";
  readonly phase: "fetch" | "pull" | "steps" | "swap" | "probe" | "done";
  /** The step that it is about. */
  readonly step: string | null;
  /** A sentence. */
  readonly detail: string;
  readonly answer: Answer | null;
  readonly log: readonly string[];
  /** The release that was put back and is healthy again. */
  readonly restored: string | null;
}

/** The result of this release, when the host has written it since `version`; an older or unreadable one is nothing. */
export function freshResult(
  parameter: ParameterValue | undefined,
  release: string,
  version: number,
): ReleaseResult | undefined {
  if (parameter === undefined || parameter.version <= version) return undefined;
  try {
    const result = JSON.parse(parameter.value) as ReleaseResult;
    return result.release === release ? result : undefined;
  } catch {
    return undefined;
  }
}

/** One line of progress. */
export function progressLine({ phase, step, detail }: ReleaseResult): string {
  return [phase, step, detail].filter((part) => part !== null && part !== "").join(": ");
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

/** The last lines of a command's standard error. */
function tail(text: string, count: number): string[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count);
}

function headline(
  release: string,
  instanceId: string,
  invocation: Invocation,
  result: ReleaseResult | undefined,
): string {
  const about = result === undefined ? "" : ` (${progressLine(result)})`;
  switch (invocation.status) {
    case "TimedOut":
      return `release ${release} took longer on ${instanceId} than the command was given${about}`;
    case "Cancelled":
      return `the command that rolls release ${release} out on ${instanceId} was cancelled${about}`;
    default:
      break;
  }
  if (result !== undefined) return `release ${release} failed on ${instanceId}${about}`;
  // The shell's own statuses: there is no such program, or it can't be run.
  return invocation.exitCode === 126 || invocation.exitCode === 127
    ? `${instanceId} has no working linnix-release: its first boot has not ended well`
    : `release ${release} failed on ${instanceId} with exit status ${invocation.exitCode}`;
}

/** What an update says when the command did not succeed: service, the probe's answer, log lines, and what runs now. */
export function explainFailure(
  about: { readonly release: string; readonly instanceId: string; readonly stack: string; readonly region: string },
  invocation: Invocation,
  result: ReleaseResult | undefined,
): string {
  const { answer, log, restored, outcome } = result ?? { answer: null, log: [], restored: null, outcome: "failed" };
  const lines = [headline(about.release, about.instanceId, invocation, result)];
  if (answer !== null) {
    lines.push(`  probe's answer: ${answer.status === 0 ? "none" : `${answer.status} ${answer.body.trim()}`}`);
  }
  const said = tail(invocation.stderr, 15);
  if (log.length > 0) lines.push("  last log lines:", ...indented(log));
  else if (said.length > 0) lines.push("  it said:", ...indented(said));
  if (restored !== null) lines.push(`  previous release ${restored} is healthy again`);
  else if (outcome === "running") lines.push("  the host goes on with it by itself");
  else lines.push("  no previous release could be put back");
  lines.push(
    `  look closer: npm run status -- ${about.stack}`,
    `  on the host: aws ssm start-session --region ${about.region} --target ${about.instanceId}`,
  );
  return lines.join("\n");
}
