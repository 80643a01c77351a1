/** `pulumi up` of a stack in a shared backend. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "../lib/errors";
import { ownEnvironment } from "../lib/ec2-stack";
import { projectFolder } from "../lib/home";
import { say } from "../lib/say";
import { evidenceFor } from "./evidence";
import { type Judged, areOver, judge, lockedText, locksIn } from "./locks";

/** How a `pulumi` command ended. */
interface Ended {
  readonly status: number;
  /** What it wrote to standard error, which was printed too. */
  readonly errors: string;
}

/** Runs `pulumi` for the person or job that started this command: its input and output are theirs. */
async function pulumi(stack: string, args: readonly string[]): Promise<Ended> {
  const child = spawn("pulumi", [...args, "--stack", stack], {
    cwd: projectFolder,
    env: ownEnvironment(stack),
    stdio: ["inherit", "inherit", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (chunk: string) => {
    errors += chunk;
    process.stderr.write(chunk);
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  const [code] = await ended.catch((error: unknown) => {
    throw new Failure(`pulumi: cannot be run: ${(error as Error).message}`);
  });
  return { status: code ?? 1, errors };
}

/** The arguments of an update: with refresh, by the policy pack and, if it has one, by the stack's configuration of it. */
export function updateArguments(stack: string, yes: boolean): string[] {
  const own = path.join("policy", `${path.posix.basename(stack)}.json`);
  return [
    ...["up", "--refresh", "--policy-pack", "policy/linnix-policy"],
    ...(fs.existsSync(path.join(projectFolder, own)) ? ["--policy-pack-config", own] : []),
    ...(yes ? ["--yes", "--non-interactive", "--suppress-progress", "--suppress-outputs"] : []),
  ];
}

/** The locks that an update met, each judged. */
async function judged(errors: string): Promise<Judged[]> {
  const locks = locksIn(errors);
  if (locks.length === 0) return [];
  const evidence = await evidenceFor(locks);
  return locks.map((lock) => ({ ...lock, ...judge(lock, evidence) }));
}

/** Removes the locks, and what the state has of resources that were being created; AWS may have them. */
async function repair(stack: string): Promise<void> {
  for (const args of [
    ["cancel", "--yes"],
    ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"],
  ]) {
    const { status } = await pulumi(stack, args);
    if (status !== 0) throw new Failure(`pulumi ${args.join(" ")} failed for stack ${stack}: see above`);
  }
}

/**
 * Updates a stack.
 *
 * @param yes asks nothing.
 * @param takeOver removes locks of updates that are proven to be over.
 * @throws Failure if it is locked, with who holds the lock and what to do, or if the update fails.
 */
export async function update(stack: string, yes: boolean, takeOver: boolean): Promise<void> {
  const { status, errors } = await pulumi(stack, updateArguments(stack, yes));
  if (status === 0) return;
  const locks = await judged(errors);
  if (locks.length === 0) throw new Failure(`pulumi up failed for stack ${stack}: see above`);
  const text = lockedText(stack, locks);
  if (!takeOver || !areOver(locks)) throw new Failure(text);
  say(text);
  await repair(stack);
  await update(stack, yes, false);
}
