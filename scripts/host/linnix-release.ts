/** Asks an EC2 host, or has linnix-release change it, through Systems Manager. */
import { gunzipSync } from "node:zlib";

import { defined } from "../../components/defined";
import { changeRequest } from "../../components/hosts/ec2/rollout/change";
import { type Look, lookRequest } from "../../components/hosts/ec2/rollout/look";
import { runCommand } from "../../components/hosts/ec2/rollout/run-command";
import type { CommandRequest, Invocation } from "../../components/hosts/ec2/rollout/ssm";
import { safeText } from "../../components/safe-text";
import { Failure } from "../lib/errors";
import type { ReachedHost } from "../lib/ec2-stack";

/** How a look ended. */
export interface HostResult {
  readonly invocation: Invocation;
  /** Its standard output, whole. */
  readonly output: string;
}

type Reached = Pick<ReachedHost, "rolledOut" | "context">;

/** Runs a command to its end. */
async function ended(
  { context }: Reached,
  request: CommandRequest,
  meanwhile?: () => Promise<void>,
): Promise<Invocation> {
  const outcome = await runCommand(context, request, { registration: 0, poll: 1, ...defined({ meanwhile }) });
  if (outcome.kind === "unreachable") throw new Failure(outcome.reason);
  return outcome.invocation;
}

/**
 * Asks the host, which changes nothing there.
 *
 * @throws Failure if the host cannot be reached, or its output is longer than Systems Manager keeps.
 */
export async function lookAtHost(host: Reached, look: Look): Promise<HostResult> {
  const { instanceId, document, lookDocument } = host.rolledOut;
  const { stack } = document;
  const invocation = await ended(host, lookRequest({ stack, instanceId, lookDocument }, look));
  try {
    const packed = Buffer.from(invocation.stdout, "base64");
    return { invocation, output: packed.length === 0 ? "" : gunzipSync(packed).toString("utf8") };
  } catch {
    throw new Failure(
      `Instance ${instanceId} ran the command, but its output is longer than Systems Manager keeps, or damaged ` +
        `(exit status ${invocation.exitCode}). \`npm run host -- ${stack} shell\` opens a shell there.`,
    );
  }
}

/**
 * Has linnix-release go back to the release before the current one.
 *
 * @param release that this must be; undefined for any.
 * @param executionSeconds its time limit.
 * @param meanwhile called after each query while it runs.
 * @throws Failure if the host cannot be reached.
 */
export function rollBackHost(
  host: Reached,
  release: string | undefined,
  executionSeconds: number,
  meanwhile: () => Promise<void>,
): Promise<Invocation> {
  const { instanceId, document, changeDocument } = host.rolledOut;
  const target = { stack: document.stack, instanceId, changeDocument };
  return ended(host, changeRequest(target, "rollback", executionSeconds, release), meanwhile);
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
