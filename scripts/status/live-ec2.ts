import { type HealthReport, healthReport } from "../../components/health/report";
import { observeHost } from "../../components/hosts/ec2/rollout/observe";
import { type ReachedHost, reachHost } from "../lib/ec2-stack";
import type { Seen } from "./live-health";

/**
 * Probes an EC2 stack's host now.
 *
 * @param previous the report before, whose time an unchanged one keeps. Default: that of the last update.
 */
export async function seeEc2(
  { rolledOut, context }: ReachedHost,
  previous: HealthReport | undefined = rolledOut.report,
): Promise<Seen> {
  const { document, instanceId, lookDocument, expected } = rolledOut;
  const observation = await observeHost(context, { stack: document.stack, instanceId, lookDocument });
  return { observation, report: healthReport(observation, expected, new Date().toISOString(), previous) };
}

/** Probes an EC2 stack's host now, with the credentials from the stack's settings or the environment. */
export async function liveEc2Health(stack: string): Promise<HealthReport> {
  return (await seeEc2(await reachHost(stack))).report;
}
