/** Runs a command on an instance through Systems Manager, whatever state the instance is in. */
import { unreachableReason } from "./unreachable";
import { type CommandRequest, type InstanceView, type Invocation, type RolloutContext, isTransient } from "./ssm";

/** Outcome of a command: it ended, successfully or not, or the instance is unreachable, with the cause and a fix. */
export type Outcome =
  | { readonly kind: "ended"; readonly invocation: Invocation }
  | { readonly kind: "unreachable"; readonly reason: string };

/** How long to wait, in seconds. */
export interface Timeouts {
  /** For the instance to register: a new one boots first. */
  readonly registration: number;
  /** Between two queries of the command's state. */
  readonly poll: number;
  /** Called after each query while the command runs. */
  readonly meanwhile?: () => Promise<void>;
}

/** Whether the instance is in a state that it does not leave by itself. */
function isDown({ state }: InstanceView): boolean {
  return ["stopping", "stopped", "shutting-down", "terminated", "gone"].includes(state);
}

/** How long calls may fail with transient errors before the command is abandoned, in seconds: a laptop changes networks. */
const transientSeconds = 300;

/** After so many seconds an instance registers later than others. */
const slowSeconds = 300;

/** Between two queries of the instance's state, in seconds. */
const viewSeconds = 20;

/** What an instance that does not accept commands yet is waited for; with a reason if it takes unusually long. */
function waitingLine(instanceId: string, { state, agent }: InstanceView, waited: number, limit: number): string {
  const line = `waiting for ${instanceId} to register with Systems Manager (${limit / 60} min at most): instance ${state}, agent ${agent}`;
  return waited < slowSeconds
    ? line
    : `${line}. An agent that was refused while the host's role was new is restarted at the end of the host's set-up; ` +
        "first boot writes to the console (aws ec2 get-console-output --latest)";
}

/** Sends the command as soon as the instance accepts it. */
async function send(
  context: RolloutContext,
  request: CommandRequest,
  timeouts: Timeouts,
): Promise<{ id: string } | Outcome> {
  const { ssm, clock, say, region } = context;
  const started = clock.now();
  let printed = "";
  for (;;) {
    const id = await ssm.sendCommand(request);
    if (id !== undefined) return { id };
    const view = await ssm.instance(request.instanceId);
    const waited = Math.round(clock.now() - started);
    if (isDown(view) || waited >= timeouts.registration) {
      return { kind: "unreachable", reason: unreachableReason(request.instanceId, region, view, waited) };
    }
    const line = waitingLine(request.instanceId, view, waited, timeouts.registration);
    if (line !== printed) say(line);
    printed = line;
    await clock.sleep(10);
  }
}

const isOver = ({ status }: Invocation): boolean => ["Success", "Failed", "TimedOut", "Cancelled"].includes(status);

/** Whether the command never reached the instance; its exit status means nothing then. */
function neverArrived({ detail }: Invocation): boolean {
  return /^(delivery ?timed ?out|undeliverable|terminated|invalid ?platform|access ?denied)$/i.test(detail);
}

/**
 * Waits for the command to end. Not `waitUntilCommandExecuted` of the SDK: that neither notices an instance that was
 * stopped nor reports progress.
 */
async function watch(
  context: RolloutContext,
  request: CommandRequest,
  id: string,
  timeouts: Timeouts,
): Promise<Outcome> {
  const { ssm, clock, region } = context;
  const { instanceId } = request;
  const started = clock.now();
  let [answered, viewed] = [started, started];
  for (;;) {
    try {
      const invocation = await ssm.invocation(id, instanceId);
      await timeouts.meanwhile?.();
      answered = clock.now();
      if (invocation !== undefined && isOver(invocation)) {
        if (!neverArrived(invocation)) return { kind: "ended", invocation };
        const why = unreachableReason(
          instanceId,
          region,
          await ssm.instance(instanceId),
          Math.round(answered - started),
        );
        return { kind: "unreachable", reason: `the command did not reach the instance (${invocation.detail}). ${why}` };
      }
    } catch (error) {
      if (!isTransient(error) || clock.now() - answered > transientSeconds) throw error;
    }
    const waited = Math.round(clock.now() - started);
    const late = waited > request.executionSeconds + 180;
    if (late || clock.now() - viewed >= viewSeconds) {
      viewed = clock.now();
      const view = await ssm.instance(instanceId);
      // Systems Manager itself notices a stopped instance only after the command's time limit.
      if (late || isDown(view)) {
        const why = unreachableReason(instanceId, region, view, waited);
        return { kind: "unreachable", reason: `the command ${id} has not ended. ${why}` };
      }
    }
    await clock.sleep(timeouts.poll);
  }
}

/** Runs the command to its end. Throws only if AWS rejects a call or stays unreachable. */
export async function runCommand(
  context: RolloutContext,
  request: CommandRequest,
  timeouts: Timeouts,
): Promise<Outcome> {
  const sent = await send(context, request, timeouts);
  return "id" in sent ? watch(context, request, sent.id, timeouts) : sent;
}
