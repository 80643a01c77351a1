/** `npm run host` of a stack on EC2. */
import { spawn } from "node:child_process";
import { once } from "node:events";

import { logTail, shellSession } from "../../components/hosts/ec2/monitoring/commands";
import type { HostObservation } from "../../components/hosts/ec2/protocol";
import { safeText } from "../../components/safe-text";
import { type ReachedHost, awsEnvironment, query, reachHost } from "../lib/ec2-stack";
import { Failure } from "../lib/errors";
import { say } from "../lib/say";
import { type Update, lastingText } from "./lasting";
import { jsonOf, lookAtHost } from "./linnix-release";
import { printLog } from "./logs";
import { type HostRequest, requireKnown } from "./request";
import { historyOf, rollBack } from "./rollback";
import { historyText, statusText } from "./texts";

/** Bytes of what a host says of itself that are printed: its log lines are part of that. */
const textBytes = 1_000_000;

type Print = (text: string) => void;

/** Prints text from the host. */
const printed = (print: Print, text: string): void => {
  print(safeText(text.trimEnd(), textBytes));
};

async function status(host: ReachedHost, json: boolean, print: Print): Promise<number> {
  const seen = jsonOf(await lookAtHost(host, "status")) as HostObservation;
  printed(print, json ? JSON.stringify(seen, null, 2) : statusText(seen, host.rolledOut.document.stack));
  return seen.healthy ? 0 : 1;
}

async function rollback(host: ReachedHost, stack: string, release: string | undefined): Promise<void> {
  const result = await rollBack(host, release);
  const [history, updates] = await Promise.all([
    historyOf(host),
    // The release is what counts: without Pulumi's history, the advice is less exact.
    query(stack, ["stack", "history", "--json"]).catch(() => []) as Promise<Update[]>,
  ]);
  const runs = result?.release ?? history.at(-1)?.release ?? "unknown";
  say(safeText(`release ${runs} runs and is healthy`, 200));
  say(safeText(lastingText(stack, runs, host.rolledOut.document.release, history, updates), textBytes));
}

async function logs(host: ReachedHost, stack: string, service: string, seconds: number, print: Print): Promise<void> {
  const { logs: groups } = (await query(stack, ["stack", "output", "--json"])) as {
    readonly logs?: Readonly<Record<string, { readonly name: string }>>;
  };
  requireKnown(service, Object.keys(groups ?? {}));
  const options = ["--since", `${seconds}s`, "--format", "short"];
  const command = logTail(host.rolledOut.region, groups?.[service]?.name ?? "", ...options);
  await printLog(command, await awsEnvironment(host.access), print);
}

async function shell({ rolledOut: { region, instanceId }, access }: ReachedHost): Promise<number> {
  const [command = "", ...args] = shellSession(region, instanceId);
  // Ctrl-C is for the shell on the host.
  process.on("SIGINT", () => undefined);
  const child = spawn(command, args, { env: await awsEnvironment(access), stdio: "inherit" });
  const ended = once(child, "close") as Promise<[number | null]>;
  const [code] = await ended.catch((error: unknown) => {
    throw new Failure(`${(error as Error).message}. Install the AWS CLI with its Session Manager plugin.`);
  });
  return code === 0 ? 0 : 1;
}

/**
 * Does what was asked for.
 *
 * @param print receives what belongs on standard output, line by line or in whole.
 * @returns the exit status.
 */
export async function ec2Request(stack: string, request: HostRequest, print: Print): Promise<number> {
  const host = await reachHost(stack);
  try {
    return await answered(host, stack, request, print);
  } catch (error) {
    // Only what AWS refused has this property; its message has the cause and a fix.
    if (error instanceof Error && "transient" in error) throw new Failure(error.message);
    throw error;
  }
}

async function answered(host: ReachedHost, stack: string, request: HostRequest, print: Print): Promise<number> {
  switch (request.kind) {
    case "status":
      return status(host, request.json, print);
    case "history": {
      const entries = await historyOf(host);
      printed(print, request.json ? JSON.stringify(entries, null, 2) : historyText(entries));
      return 0;
    }
    case "rollback":
      await rollback(host, stack, request.release);
      return 0;
    case "logs":
      await logs(host, stack, request.service, request.seconds, print);
      return 0;
    case "shell":
      return shell(host);
  }
}
