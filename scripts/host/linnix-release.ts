/** Runs linnix-release on an EC2 host, through Systems Manager. */
import { gunzipSync } from "node:zlib";

import { runCommand } from "../../components/hosts/ec2/rollout/run-command";
import type { CommandRequest, Invocation } from "../../components/hosts/ec2/rollout/ssm";
import { shellCommand } from "../../components/shell-quoted";
import { safeText } from "../../components/safe-text";
import { Failure } from "../lib/errors";
import type { ReachedHost } from "../lib/ec2-stack";

/** How a command on the host ended. */
export interface HostResult {
  readonly invocation: Invocation;
  /** Its standard output, whole. */
  readonly output: string;
}

/**
 * The script of a command whose whole output is needed. It is compressed because Systems Manager keeps only the first 24,000
 * characters.
 */
function whole(command: string): string {
  return [`out=$(${command})`, "status=$?", `printf %s "$out" | gzip -9 | base64 -w 0`, "exit $status"].join("\n");
}

/**
 * Runs a command on the host, as root.
 *
 * @param seconds its time limit.
 * @param meanwhile called after each query while it runs.
 * @throws Failure if the host cannot be reached, or its output is longer than Systems Manager keeps.
 */
export async function runOnHost(
  { rolledOut, context }: Pick<ReachedHost, "rolledOut" | "context">,
  command: string,
  comment: string,
  seconds = 90,
  meanwhile?: () => Promise<void>,
): Promise<HostResult> {
  const { instanceId, document } = rolledOut;
  const request: CommandRequest = {
    instanceId,
    script: whole(command),
    comment: `linnix ${document.stack}: ${comment}`,
    executionSeconds: seconds,
  };
  const timeouts = { registration: 0, poll: 1, ...(meanwhile === undefined ? {} : { meanwhile }) };
  const outcome = await runCommand(context, request, timeouts);
  if (outcome.kind === "unreachable") throw new Failure(outcome.reason);
  const { invocation } = outcome;
  try {
    const packed = Buffer.from(invocation.stdout, "base64");
    return { invocation, output: packed.length === 0 ? "" : gunzipSync(packed).toString("utf8") };
  } catch {
    throw new Failure(
      `Instance ${instanceId} ran the command, but its output is longer than Systems Manager keeps, or damaged ` +
        `(exit status ${invocation.exitCode}). \`npm run host -- ${document.stack} shell\` opens a shell there.`,
    );
  }
}

/** Runs linnix-release with these arguments; see {@link runOnHost}. */
export function runRelease(
  host: Pick<ReachedHost, "rolledOut" | "context">,
  words: readonly string[],
  seconds?: number,
  meanwhile?: () => Promise<void>,
): Promise<HostResult> {
  return runOnHost(host, shellCommand("/usr/local/sbin/linnix-release", ...words), words[0] ?? "", seconds, meanwhile);
}

/**
 * What linnix-release printed as JSON.
 *
 * @throws Failure if it printed none: with its standard error.
 */
export function jsonOf({ output, invocation }: HostResult): unknown {
  try {
    return JSON.parse(output) as unknown;
  } catch {
    throw new Failure(hostError(invocation));
  }
}

/** Bytes of an error from the host. */
export const errorBytes = 8_000;

/** What the host wrote to standard error, as the message of a failure. */
export function hostError({ stderr, exitCode }: Invocation): string {
  const text = safeText(stderr, errorBytes).trim();
  return `linnix-release ended with status ${exitCode}${text === "" ? "" : `: ${text}`}`;
}
