/** Reads the release result that the host writes, and turns it into progress and error messages. Pure. */
import type { ReleaseResult } from "../protocol";
import type { Invocation, ParameterValue } from "./ssm";

/**
 * The result of this release, or of any. Undefined unless the host has written one since `version` and it can be parsed.
 */
export function freshResult(
  parameter: ParameterValue | undefined,
  release: string | undefined,
  version: number,
): ReleaseResult | undefined {
  if (parameter === undefined || parameter.version <= version) return undefined;
  try {
    const result = JSON.parse(parameter.value) as ReleaseResult;
    return release === undefined || result.release === release ? result : undefined;
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
  const progress = result === undefined ? "" : ` (${progressLine(result)})`;
  switch (invocation.status) {
    case "TimedOut":
      return `release ${release} on ${instanceId} exceeded the time limit of its command${progress}`;
    case "Cancelled":
      return `the command that rolls release ${release} out on ${instanceId} was cancelled${progress}`;
    default:
      break;
  }
  if (result !== undefined) return `release ${release} failed on ${instanceId}${progress}`;
  // The shell's own exit statuses: the program does not exist, or can't be executed.
  return invocation.exitCode === 126 || invocation.exitCode === 127
    ? `linnix-release is missing or broken on ${instanceId}: the first boot failed`
    : `release ${release} failed on ${instanceId} with exit status ${invocation.exitCode}`;
}

/** The error message of a failed rollout: service, the probe's answer, log lines, and the release that runs now. */
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
  const errors = tail(invocation.stderr, 15);
  if (log.length > 0) lines.push("  last log lines:", ...indented(log));
  else if (errors.length > 0) lines.push("  standard error:", ...indented(errors));
  if (restored !== null) lines.push(`  previous release ${restored} is healthy again`);
  else if (outcome === "running") lines.push("  the host may not have finished it: `pulumi up` continues it");
  else lines.push("  no previous release could be restored");
  lines.push(
    `  status: npm run status -- ${about.stack}`,
    `  shell on the host: aws ssm start-session --region ${about.region} --target ${about.instanceId}`,
  );
  return lines.join("\n");
}
