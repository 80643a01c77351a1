import type { HealthReport } from "../../components/health/report";
import { observeHealth } from "../../components/hosts/ec2/rollout/roll-out";
import { reachHost } from "../lib/ec2-stack";

/** Probes an EC2 stack's host now, with the credentials from the stack's settings or the environment. */
export async function liveEc2Health(stack: string): Promise<HealthReport> {
  const { rolledOut, context } = await reachHost(stack);
  return observeHealth(context, rolledOut, rolledOut.report);
}
