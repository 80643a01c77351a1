// npm run status -- [stack] [--json]: probes the running services now. Exit status 1 when not healthy.
import * as path from "node:path";

import type { HealthReport } from "../components/health/report";
import { exists } from "../components/settings";
import { linnixHome, projectFolder } from "./lib/home";
import { liveEc2Health } from "./lib/live-ec2";
import { liveHealth } from "./lib/live-health";
import { main } from "./lib/main";
import { outputs } from "./lib/pulumi";
import { findSession, readSession } from "./lib/session";
import { readStackFile } from "./lib/stack-file";
import { parse } from "./lib/start-arguments";
import { healthText } from "./lib/summary";

/** Whether the stack's settings put it on an EC2 host; a stack that `npm start` runs never is. */
function isOnEc2(stack: string): boolean {
  if (findSession(linnixHome(), stack) !== undefined) return false;
  // `organisation/project/stack`: settings go by the last part.
  const name = path.posix.basename(stack);
  if (exists(path.join(projectFolder, `Pulumi.${name}.yaml`)) === undefined) return false;
  return readStackFile(name).raw.host === "ec2";
}

async function look(stack: string): Promise<HealthReport> {
  if (isOnEc2(stack)) return liveEc2Health(stack);
  const session = readSession(linnixHome(), stack);
  return liveHealth(session, await outputs(session));
}

/** The report for people, and what else is wrong with the host. */
function text(health: HealthReport): string {
  return [healthText(health), ...(health.problems ?? []).map((problem) => `  problem      ${problem}`)].join("\n");
}

main(async (args) => {
  const usage = "npm run status [-- [stack] [--json]]";
  const { values, positionals } = parse(args, { json: { type: "boolean", default: false } }, usage);
  const health = await look(positionals[0] ?? "local");
  process.stdout.write(values.json ? `${JSON.stringify(health, null, 2)}\n` : `${text(health)}\n`);
  return health.healthy ? 0 : 1;
});
