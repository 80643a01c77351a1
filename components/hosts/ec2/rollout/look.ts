/** Looks at an EC2 host once, through Systems Manager: the same for the rollout, `pulumi refresh` and `npm run status`. */
/* eslint-disable @typescript-eslint/no-require-imports -- part of a dynamic provider: loads what it needs when called */
import type { Observation } from "../../../health/report";
import { runCommand } from "./command";
import { type HostObservation, toObservation, unseen } from "./observation";
import type { Invocation, Tools } from "./ssm";

/** Where to look. */
export interface Target {
  readonly stack: string;
  readonly instanceId: string;
}

/**
 * Prints the host's view of itself. Compressed, because only the first 24,000 characters of a command's output are kept;
 * that its exit status is lost on the way is no loss: the view itself says whether all is well.
 */
const script = "/usr/local/sbin/linnix-release status --json | gzip -9 | base64 -w 0";

/** Reads what the script printed; a sentence when it can't be read. */
export function readView({ stdout, stderr, exitCode }: Invocation): HostObservation | string {
  const { gunzipSync } = require("node:zlib") as typeof import("node:zlib");
  try {
    const view = JSON.parse(gunzipSync(Buffer.from(stdout, "base64")).toString("utf8")) as HostObservation;
    return view.schema === 1 ? view : `the host's view has schema ${view.schema}, and this program knows 1`;
  } catch {
    const said = stderr.trim().split("\n").pop() ?? "";
    const cut =
      stdout.length >= 24_000 ? "its answer is longer than Systems Manager keeps" : "it gave no readable answer";
    return `${cut} (exit status ${exitCode}${said === "" ? "" : `: ${said}`})`;
  }
}

/** What is seen of the host; unreachable, with reason and remedy, when nothing is. Never throws. */
export async function look(tools: Tools, { stack, instanceId }: Target): Promise<Observation> {
  const request = { instanceId, script, comment: `linnix ${stack}: status`, executionSeconds: 90 };
  try {
    const outcome = await runCommand(tools, request, { registration: 0, poll: 1 });
    if (outcome.kind === "unreachable") return unseen(outcome.reason);
    const view = readView(outcome.invocation);
    return typeof view === "string"
      ? unseen(`Instance ${instanceId} was asked, and ${view}.`)
      : toObservation(view, stack);
  } catch (error) {
    return unseen(error instanceof Error ? error.message : String(error));
  }
}
