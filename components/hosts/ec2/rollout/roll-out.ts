/** Rolls a release out to a running host, and observes the result. */
import { canonical } from "../../../canonical";
import { type Expectation, type HealthReport, acceptable, explain, healthReport } from "../../../health/report";
import { type DesiredState, type ReleaseResult, parameterNames, unwritten } from "../protocol";
import { changeRequest, firstBootSeconds } from "./change";
import { runCommand } from "./run-command";
import { observeHost } from "./observe";
import { explainFailure, freshResult, progressLine } from "./result";
import type { RolloutContext } from "./ssm";

/** Inputs of a rollout. */
export interface RolloutInputs {
  readonly region: string;
  readonly instanceId: string;
  /** What the host runs afterwards. */
  readonly document: DesiredState;
  readonly expected: Expectation;
  readonly requireKernelInstrumentation: boolean;
  /** How long the services may take to become ready, in seconds. */
  readonly deadlineSeconds: number;
  /** Prefix of the stack's parameters: `/linnix/<stack>`. */
  readonly prefix: string;
  /** Name of the document through which the host is asked. */
  readonly lookDocument: string;
  /** Name of the document through which it is changed. */
  readonly changeDocument: string;
}

/**
 * How long a new instance may take to register, in seconds: to boot and set itself up, and half an hour for which an agent
 * sleeps that Systems Manager refused because its role was new. The host wakes it earlier, at the end of its set-up.
 */
const registrationSeconds = 2400;

/** How long the host may be unhealthy after a successful release, in seconds: one lost answer does not fail the update. */
const settleSeconds = 45;

/**
 * Time limit of the command: first boot, pulling, setting the host up with the release's bundle, the steps that run once,
 * the services, and restoring the previous release with its bundle.
 */
export function executionSeconds({ steps }: DesiredState, deadlineSeconds: number): number {
  const once = steps.reduce((sum, step) => sum + (step.kind === "once" ? step.timeoutSeconds : 0), 0);
  const pulling = 1800;
  const settingUp = 300;
  return firstBootSeconds + pulling + once + 2 * (settingUp + deadlineSeconds);
}

/** Writes the document to the parameter that the host reads, unless that has it already. */
async function store({ ssm }: RolloutContext, { document, prefix }: RolloutInputs): Promise<void> {
  const { desired } = parameterNames(prefix);
  const text = JSON.stringify(canonical(document));
  if ((await ssm.getParameter(desired))?.value !== text) await ssm.putParameter(desired, text);
}

/** The host's last health report, for a host that is unreachable. */
async function lastHealth({ ssm }: RolloutContext, prefix: string): Promise<string> {
  const name = parameterNames(prefix).health;
  const parameter = await ssm.getParameter(name).catch(() => undefined);
  if (parameter === undefined || parameter.value === unwritten) return "";
  return `\n  ${name}, written at ${parameter.modified}: ${parameter.value.slice(0, 1000)}`;
}

/** The result that a host writes while a command runs there. */
export interface FollowedResult {
  /** Reads the result, and prints its progress if that has changed. */
  readonly read: () => Promise<void>;
  /** The result that was read last; undefined if the host has written none since it is followed. */
  readonly last: () => ReleaseResult | undefined;
}

/**
 * Follows the result that a host writes from now on.
 *
 * @param release the only release whose results count; undefined for any.
 */
export async function followResult(
  { ssm, say }: Pick<RolloutContext, "ssm" | "say">,
  prefix: string,
  release: string | undefined,
): Promise<FollowedResult> {
  const name = parameterNames(prefix).result;
  const before = (await ssm.getParameter(name))?.version ?? 0;
  let result: ReleaseResult | undefined;
  const read = async (): Promise<void> => {
    const found = freshResult(await ssm.getParameter(name), release, before);
    if (found !== undefined && (result === undefined || progressLine(found) !== progressLine(result)))
      say(progressLine(found));
    result = found ?? result;
  };
  return { read, last: () => result };
}

/** Has the host apply the document, and prints each step. Throws with service, probe's answer and log lines if it fails. */
async function apply(context: RolloutContext, inputs: RolloutInputs): Promise<void> {
  const { document, instanceId, changeDocument, region, prefix, deadlineSeconds } = inputs;
  const { release, stack } = document;
  const following = await followResult(context, prefix, release);
  const seconds = executionSeconds(document, deadlineSeconds);
  const request = changeRequest({ stack, instanceId, changeDocument }, "apply", seconds, release);
  const timeouts = { registration: registrationSeconds, poll: 3, meanwhile: following.read };
  const outcome = await runCommand(context, request, timeouts);
  if (outcome.kind === "unreachable") {
    throw new Error(
      `release ${release} could not be rolled out. ${outcome.reason}${await lastHealth(context, prefix)}`,
    );
  }
  if (outcome.invocation.status === "Success") return;
  await following.read();
  throw new Error(explainFailure({ release, instanceId, stack, region }, outcome.invocation, following.last()));
}

/** Stores the document, has the host apply it and observes the services. Throws unless the report is acceptable. */
export async function rollOut(
  context: RolloutContext,
  inputs: RolloutInputs,
  previous: HealthReport | undefined,
): Promise<HealthReport> {
  await store(context, inputs);
  await apply(context, inputs);
  const { document, instanceId, lookDocument, expected, requireKernelInstrumentation } = inputs;
  const started = context.clock.now();
  for (;;) {
    const seen = await observeHost(context, { stack: document.stack, instanceId, lookDocument });
    const report = healthReport(seen, expected, new Date().toISOString(), previous);
    const explanation = explain(report, seen, requireKernelInstrumentation);
    if (acceptable(report, requireKernelInstrumentation)) {
      context.say(report.healthy ? "both services are healthy" : explanation);
      return report;
    }
    if (context.clock.now() - started >= settleSeconds) {
      throw new Error(`release ${document.release} was applied, but is not healthy now:\n${explanation}`);
    }
    await context.clock.sleep(5);
  }
}

/** The health report of what runs now, compared with what was deployed. Never throws. */
export async function observeHealth(
  context: RolloutContext,
  {
    document,
    instanceId,
    lookDocument,
    expected,
  }: Pick<RolloutInputs, "document" | "instanceId" | "lookDocument" | "expected">,
  previous: HealthReport | undefined,
): Promise<HealthReport> {
  const seen = await observeHost(context, { stack: document.stack, instanceId, lookDocument });
  return healthReport(seen, expected, new Date().toISOString(), previous);
}

/**
 * Removes the release from the host if it is reachable, then the parameters. The data volume is kept. A host that was not
 * reachable may write its parameters again: they are also resources (see host-parameters.ts), deleted after the host.
 */
export async function uninstall(context: RolloutContext, inputs: RolloutInputs): Promise<void> {
  const { ssm, say } = context;
  const { instanceId, changeDocument, document, prefix } = inputs;
  const request = changeRequest({ stack: document.stack, instanceId, changeDocument }, "remove", 180);
  try {
    const outcome = await runCommand(context, request, { registration: 0, poll: 2 });
    if (outcome.kind === "unreachable") say(`nothing removed on the host: ${outcome.reason}`);
    else if (outcome.invocation.status !== "Success")
      say(`the release was not removed completely from the host: ${outcome.invocation.stderr.trim()}`);
  } catch (error) {
    say(`nothing removed on the host: ${error instanceof Error ? error.message : String(error)}`);
  }
  await ssm.deleteParameters(Object.values(parameterNames(prefix)));
}
