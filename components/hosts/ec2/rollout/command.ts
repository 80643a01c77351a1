/** Runs a script on an instance through Systems Manager, whatever state the instance is in. */
import { absence } from "./absence";
import { type CommandRequest, type InstanceView, type Invocation, type Tools, isTransient } from "./ssm";

/** How a command went: it ended (well or not), or the instance could not be reached, told in sentences with a remedy. */
export type Outcome =
  | { readonly kind: "ended"; readonly invocation: Invocation }
  | { readonly kind: "unreachable"; readonly reason: string };

/** How long to wait for what, in seconds. */
export interface Patience {
  /** For the instance to register: a new one boots first. */
  readonly registration: number;
  /** Between two looks at the command. */
  readonly poll: number;
  /** Called at each look while the command runs. */
  readonly meanwhile?: () => Promise<void>;
}

/** An instance in one of these states comes to nothing by waiting. */
export function isDown({ state }: InstanceView): boolean {
  return ["stopping", "stopped", "shutting-down", "terminated", "gone"].includes(state);
}

/** How long calls may fail in a row for a passing reason before it is given up, in seconds: a laptop that changes networks. */
const passingSeconds = 300;

/** Between two looks at the instance itself, in seconds. */
const viewSeconds = 20;

/** Sends the command as soon as the instance takes it. */
async function send(tools: Tools, request: CommandRequest, patience: Patience): Promise<{ id: string } | Outcome> {
  const { ssm, clock, say, region } = tools;
  const started = clock.now();
  let said = "";
  for (;;) {
    const id = await ssm.sendCommand(request);
    if (id !== undefined) return { id };
    const view = await ssm.instance(request.instanceId);
    const waited = Math.round(clock.now() - started);
    if (isDown(view) || waited >= patience.registration) {
      return { kind: "unreachable", reason: absence(request.instanceId, region, view, waited) };
    }
    const line = `waiting for ${request.instanceId} to register with Systems Manager: instance ${view.state}, agent ${view.agent}`;
    if (line !== said) say(line);
    said = line;
    await clock.sleep(10);
  }
}

const isOver = ({ status }: Invocation): boolean => ["Success", "Failed", "TimedOut", "Cancelled"].includes(status);

/** A command that never came to the instance; its exit status says nothing. */
function neverArrived({ detail }: Invocation): boolean {
  return /^(delivery ?timed ?out|undeliverable|terminated|invalid ?platform|access ?denied)$/i.test(detail);
}

async function watch(tools: Tools, request: CommandRequest, id: string, patience: Patience): Promise<Outcome> {
  const { ssm, clock, region } = tools;
  const { instanceId } = request;
  const started = clock.now();
  let [answered, viewed] = [started, started];
  for (;;) {
    try {
      const invocation = await ssm.invocation(id, instanceId);
      await patience.meanwhile?.();
      answered = clock.now();
      if (invocation !== undefined && isOver(invocation)) {
        if (!neverArrived(invocation)) return { kind: "ended", invocation };
        const why = absence(instanceId, region, await ssm.instance(instanceId), Math.round(answered - started));
        return { kind: "unreachable", reason: `the command didn't reach it (${invocation.detail}). ${why}` };
      }
    } catch (error) {
      if (!isTransient(error) || clock.now() - answered > passingSeconds) throw error;
    }
    const waited = Math.round(clock.now() - started);
    const late = waited > request.executionSeconds + 180;
    if (late || clock.now() - viewed >= viewSeconds) {
      viewed = clock.now();
      const view = await ssm.instance(instanceId);
      // Systems Manager itself notices a stopped instance only when the command's own time is over.
      if (late || isDown(view)) {
        const why = absence(instanceId, region, view, waited);
        return { kind: "unreachable", reason: `the command ${id} has not ended. ${why}` };
      }
    }
    await clock.sleep(patience.poll);
  }
}

/** Runs the script to its end. Throws only what AWS itself refuses, or when AWS stays away. */
export async function runCommand(tools: Tools, request: CommandRequest, patience: Patience): Promise<Outcome> {
  const sent = await send(tools, request, patience);
  return "id" in sent ? watch(tools, request, sent.id, patience) : sent;
}
