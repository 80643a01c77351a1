/** Asks an EC2 host, or has linnix-release change it, through Systems Manager. */
import { gunzipSync } from "node:zlib";

import { type Look, lookRequest, packedScript } from "../../components/hosts/ec2/rollout/look";
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

type Reached = Pick<ReachedHost, "rolledOut" | "context">;

/** Runs a command whose output is packed. */
async function packedResult(
  { rolledOut: { instanceId, document }, context }: Reached,
  request: CommandRequest,
  meanwhile?: () => Promise<void>,
): Promise<HostResult> {
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

/**
 * Asks the host, which changes nothing there.
 *
 * @throws Failure if the host cannot be reached, or its output is longer than Systems Manager keeps.
 */
export function lookAtHost(host: Reached, look: Look): Promise<HostResult> {
  const { instanceId, document, lookDocument } = host.rolledOut;
  return packedResult(host, lookRequest({ stack: document.stack, instanceId, lookDocument }, look));
}

/**
 * Runs linnix-release with these arguments, as root.
 *
 * @param executionSeconds its time limit.
 * @param meanwhile called after each query while it runs.
 * @throws Failure as {@link lookAtHost}.
 */
export function runRelease(
  host: Reached,
  words: readonly string[],
  executionSeconds: number,
  meanwhile: () => Promise<void>,
): Promise<HostResult> {
  const { instanceId, document } = host.rolledOut;
  const script = packedScript(shellCommand("/usr/local/sbin/linnix-release", ...words));
  const comment = `linnix ${document.stack}: ${words[0] ?? ""}`;
  return packedResult(host, { instanceId, script, comment, executionSeconds }, meanwhile);
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
