/** An update of which one process is killed, at one of its calls of the API. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

import type { Call } from "./api/call";
import type { ApiFront, Handler } from "./api/front";
import type { BoxStack } from "./box-stack";

/** What is killed, and how its command line is known. */
const victims = {
  engine: /^pulumi up /,
  program: /@pulumi\/pulumi\/cmd\/run/,
  provider: /pulumi-resource-aws/,
} as const;

/** A process of an update. */
export type Victim = keyof typeof victims;

/** When a process is killed. */
export interface Moment {
  readonly victim: Victim;
  /** At which of the update's changing calls, from 1. */
  readonly call: number;
  /** Whether that call, and those on their way, still reach AWS, where nobody may be left to record what they did. */
  readonly done: boolean;
}

/** Whether a call changes something. */
const isChange = ({ action }: Pick<Call, "action">): boolean => !/^(Describe|Get|List|BatchGet)/.test(action);

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function processes(): Process[] {
  return fs.readdirSync("/proc").flatMap((name): Process[] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
      const parent = Number(/\) \S (\d+)/.exec(stat)?.[1]);
      const command = fs.readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      return [{ pid: Number(name), parent, command }];
    } catch {
      return []; // it has just ended
    }
  });
}

/** A process and everything below it. */
function tree(root: number): Process[] {
  const all = processes();
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** Ends what a killed engine has left: Pulumi's program runs on, at the whole of a processor. */
function endAll(left: readonly Process[]): void {
  const running = new Map(processes().map(({ pid, command }) => [pid, command]));
  for (const { pid, command } of left) if (running.get(pid) === command) process.kill(pid, "SIGKILL");
}

/** How an update ended. */
export interface KilledUpdate {
  /** The call at which the process was killed; undefined if the update made fewer. */
  readonly at: Call | undefined;
  readonly output: string;
}

/** Runs `pulumi up`, and kills one of its processes at a moment; ends what is left of it. */
export async function killedUpdate(stack: BoxStack, front: ApiFront, moment: Moment): Promise<KilledUpdate> {
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", stack.name];
  const { program: cwd, environment: env } = stack;
  const child = spawn("pulumi", args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const root = child.pid ?? 0;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
  let left: Process[] = [];
  let at: Call | undefined;
  let seen = 0;
  const refusal = () => (moment.done ? undefined : { status: 503, body: "" });
  const handler: Handler = (call, who) => {
    if (who !== "deployer" || !isChange(call)) return undefined;
    seen += 1;
    if (seen < moment.call) return undefined;
    if (seen > moment.call) return refusal();
    at = call;
    left = tree(root);
    const found = left.find(({ command }) => victims[moment.victim].test(command));
    assert.ok(found !== undefined, `no ${moment.victim} among\n${left.map(({ command }) => command).join("\n")}`);
    process.kill(found.pid, "SIGKILL");
    return refusal();
  };
  front.handlers.unshift(handler);
  await new Promise((resolve) => child.once("exit", resolve));
  // Calls that were on their way end first: AWS does not end them either.
  await pause(2000);
  endAll(left);
  front.handlers.splice(front.handlers.indexOf(handler), 1);
  return { at, output };
}
