/** Observes an EC2 host once, through Systems Manager: for the rollout, `pulumi refresh` and `npm run status`. */
/* eslint-disable @typescript-eslint/no-require-imports -- part of a dynamic provider: loads modules when it is called */
import type { Observation } from "../../../health/observation";
import { type HostObservation, protocolSchema } from "../protocol";
import { runCommand } from "./run-command";
import { toObservation, unreachableObservation } from "./observation";
import { type Looked, lookRequest } from "./look";
import type { Invocation, RolloutContext } from "./ssm";

/** Parses what the script printed. Returns a sentence with the reason if that is impossible. */
function readView({ stdout, stderr, exitCode }: Invocation): HostObservation | string {
  const { gunzipSync } = require("node:zlib") as typeof import("node:zlib");
  try {
    const view = JSON.parse(gunzipSync(Buffer.from(stdout, "base64")).toString("utf8")) as HostObservation;
    if (view.schema === protocolSchema) return view;
    return `its status has schema ${view.schema}, but this program supports only ${protocolSchema}`;
  } catch {
    const last = stderr.trim().split("\n").pop() ?? "";
    const cause =
      stdout.length >= 24_000 ? "its status is longer than Systems Manager keeps" : "it returned no readable status";
    return `${cause} (exit status ${exitCode}${last === "" ? "" : `: ${last}`})`;
  }
}

/** Observes the host. If that fails, returns an unreachable observation with the cause and a fix; never throws. */
export async function observeHost(context: RolloutContext, host: Looked): Promise<Observation> {
  const { stack, instanceId } = host;
  try {
    const outcome = await runCommand(context, lookRequest(host, "status"), { registration: 0, poll: 1 });
    if (outcome.kind === "unreachable") return unreachableObservation(outcome.reason);
    const view = readView(outcome.invocation);
    return typeof view === "string"
      ? unreachableObservation(`Instance ${instanceId} ran the status command, but ${view}.`)
      : toObservation(view, stack);
  } catch (error) {
    return unreachableObservation(error instanceof Error ? error.message : String(error));
  }
}
