/** Rolls a release out on a running host, and looks at what came of it. */
import { canonical } from "../../../canonical";
import { type Expectation, type HealthReport, acceptable, explain, judge } from "../../../health/report";
import type { DesiredState } from "../../../services/desired-state";
import { type Outcome, runCommand } from "./command";
import { look } from "./look";
import { type ReleaseResult, explainFailure, freshResult, progressLine } from "./result";
import { type Tools, parameterNames } from "./ssm";

/** What a rollout is told. */
export interface RolloutInputs {
  readonly region: string;
  readonly instanceId: string;
  /** What the host shall run. */
  readonly document: DesiredState;
  readonly expected: Expectation;
  readonly requireKernelInstrumentation: boolean;
  /** How long the services may take to become ready, in seconds. */
  readonly deadlineSeconds: number;
  /** Under which the stack's parameters lie: `/linnix/<stack>`. */
  readonly prefix: string;
}

/** How long a new instance may take to register, in seconds. */
const registrationSeconds = 600;

/** How long first boot may take once the instance is registered, in seconds: packages are fetched. */
const firstBootSeconds = 900;

/** First boot may still be at work; what it can't do it says itself. {@link takeDown} stopped the timer, if it ever ran here. */
function applyScript(release: string): string {
  return [
    `timeout ${firstBootSeconds} cloud-init status --wait > /dev/null`,
    "systemctl start linnix-health.timer",
    `exec /usr/local/sbin/linnix-release apply --release ${release}`,
  ].join("\n");
}

/** How long the host may be seen otherwise after it has said that all is well, in seconds: one lost answer is no failure. */
const settleSeconds = 45;

/** Time for everything: first boot, pulling, what runs once, the services, and the previous release put back again. */
export function executionSeconds({ steps }: DesiredState, deadlineSeconds: number): number {
  const once = steps.reduce((sum, step) => sum + (step.kind === "once" ? step.timeoutSeconds : 0), 0);
  const pulling = 1800;
  return firstBootSeconds + pulling + once + 2 * deadlineSeconds;
}

/** Writes the document where the host reads it, unless it is there already. */
async function store({ ssm }: Tools, { document, prefix }: RolloutInputs): Promise<void> {
  const { desired } = parameterNames(prefix);
  const text = JSON.stringify(canonical(document));
  if ((await ssm.getParameter(desired))?.value !== text) await ssm.putParameter(desired, text);
}

/** What first boot or the host itself said last, for when nothing else can be had of it. */
async function lastWords({ ssm }: Tools, prefix: string): Promise<string> {
  const name = parameterNames(prefix).health;
  const parameter = await ssm.getParameter(name).catch(() => undefined);
  return parameter === undefined ? "" : `\n  ${name} said at ${parameter.modified}: ${parameter.value.slice(0, 1000)}`;
}

/** Has the host apply the document, telling each step; throws with service, probe's answer and log lines when it fails. */
async function apply(tools: Tools, inputs: RolloutInputs): Promise<void> {
  const { ssm, say } = tools;
  const { document, instanceId, region, prefix, deadlineSeconds } = inputs;
  const { release, stack } = document;
  const name = parameterNames(prefix).result;
  const before = (await ssm.getParameter(name))?.version ?? 0;
  let result: ReleaseResult | undefined;
  const readResult = async (): Promise<void> => {
    const read = freshResult(await ssm.getParameter(name), release, before);
    if (read !== undefined && (result === undefined || progressLine(read) !== progressLine(result)))
      say(progressLine(read));
    result = read ?? result;
  };
  const request = {
    instanceId,
    script: applyScript(release),
    comment: `linnix ${stack}: release ${release}`,
    executionSeconds: executionSeconds(document, deadlineSeconds),
  };
  const patience = { registration: registrationSeconds, poll: 3, meanwhile: readResult };
  const outcome: Outcome = await runCommand(tools, request, patience);
  if (outcome.kind === "unreachable") {
    throw new Error(`release ${release} could not be rolled out. ${outcome.reason}${await lastWords(tools, prefix)}`);
  }
  if (outcome.invocation.status === "Success") return;
  await readResult();
  throw new Error(explainFailure({ release, instanceId, stack, region }, outcome.invocation, result));
}

/** Stores, applies, looks. Throws when the release is not healthy; returns the report of the running services otherwise. */
export async function rollOut(
  tools: Tools,
  inputs: RolloutInputs,
  previous: HealthReport | undefined,
): Promise<HealthReport> {
  await store(tools, inputs);
  await apply(tools, inputs);
  const { document, instanceId, expected, requireKernelInstrumentation } = inputs;
  const started = tools.clock.now();
  for (;;) {
    const seen = await look(tools, { stack: document.stack, instanceId });
    const report = judge(seen, expected, new Date().toISOString(), previous);
    const fine = acceptable(report, requireKernelInstrumentation);
    const why = explain(report, seen, requireKernelInstrumentation);
    if (fine) {
      tools.say(report.healthy ? "both services are healthy" : why);
      return report;
    }
    if (tools.clock.now() - started >= settleSeconds) {
      throw new Error(`release ${document.release} was applied, and is not healthy now:\n${why}`);
    }
    await tools.clock.sleep(5);
  }
}

/** What runs now, judged by what was deployed. Never throws. */
export async function review(
  tools: Tools,
  { document, instanceId, expected }: Pick<RolloutInputs, "document" | "instanceId" | "expected">,
  previous: HealthReport | undefined,
): Promise<HealthReport> {
  const seen = await look(tools, { stack: document.stack, instanceId });
  return judge(seen, expected, new Date().toISOString(), previous);
}

/** Stops what looks at the host each minute, which would write its parameter again, then removes every unit and container. */
const removeScript = [
  "systemctl stop linnix-health.timer linnix-health.service",
  "exec /usr/local/sbin/linnix-release remove",
].join("\n");

/** Leaves the host clean, where it still answers, and the parameters gone. What is kept on the data volume stays. */
export async function takeDown(tools: Tools, inputs: RolloutInputs): Promise<void> {
  const { ssm, say } = tools;
  const { instanceId, document, prefix } = inputs;
  const request = {
    instanceId,
    script: removeScript,
    comment: `linnix ${document.stack}: remove`,
    executionSeconds: 180,
  };
  try {
    const outcome = await runCommand(tools, request, { registration: 0, poll: 2 });
    if (outcome.kind === "unreachable") say(`nothing removed on the host: ${outcome.reason}`);
    else if (outcome.invocation.status !== "Success")
      say(`the host was not left clean: ${outcome.invocation.stderr.trim()}`);
  } catch (error) {
    say(`nothing removed on the host: ${error instanceof Error ? error.message : String(error)}`);
  }
  await ssm.deleteParameters(Object.values(parameterNames(prefix)));
}
