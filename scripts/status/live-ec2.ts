import * as path from "node:path";

import type { HealthReport } from "../../components/health/report";
import { credentialsFrom } from "../../components/hosts/ec2/rollout/credentials";
import { awsSsm, realClock } from "../../components/hosts/ec2/rollout/ssm-client";
import { type RolloutInputs, observeHealth } from "../../components/hosts/ec2/rollout/roll-out";
import { foreignConfigFile } from "../../components/settings/config-file";
import { Failure } from "../lib/errors";
import { linnixHome, projectFolder } from "../lib/home";
import { tryRun } from "../lib/run";
import { say } from "../lib/say";

/** The rollout of an EC2 stack, from the stack's state. */
export type RolledOut = Pick<RolloutInputs, "document" | "instanceId" | "expected" | "region"> & {
  readonly report?: HealthReport;
};

interface Exported {
  readonly deployment?: { readonly resources?: readonly { readonly type: string; readonly outputs?: unknown }[] };
}

/** Finds the rollout in the output of `pulumi stack export`. */
export function rolloutIn(exported: Exported, stack: string): RolledOut {
  const found = exported.deployment?.resources?.find(({ type }) => type === "pulumi-nodejs:dynamic/linnix:Rollout");
  if (found?.outputs === undefined) {
    throw new Failure(`Stack ${stack} is not deployed: its state has no rollout. Run \`pulumi up --stack ${stack}\`.`);
  }
  return found.outputs as RolledOut;
}

/** Runs `pulumi` with the user's own backend and login; with the CLI that `npm start` installed if there is no other. */
export async function query(stack: string, args: readonly string[]): Promise<unknown> {
  const PATH = [process.env.PATH, path.join(linnixHome().tools, "bin")].filter((it) => it !== undefined);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: PATH.join(path.delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  // In a shell with the environment of another stack.
  if (foreignConfigFile(path.posix.basename(stack), env.PULUMI_OPTION_CONFIG_FILE).length > 0)
    delete env.PULUMI_OPTION_CONFIG_FILE;
  const command = [...args, "--stack", stack, "--non-interactive"];
  const { status, stdout, stderr } = await tryRun("pulumi", command, { cwd: projectFolder, env });
  if (status === 0) return JSON.parse(stdout) as unknown;
  const why = stderr.trim().split("\n").slice(-3).join("\n");
  throw new Failure(
    `pulumi ${args.join(" ")} failed for stack ${stack}:\n${why}\n` +
      `Log in to the backend that holds the stack (\`pulumi login\`), or create it with \`pulumi up --stack ${stack}\`.`,
  );
}

/** Probes an EC2 stack's host now, with the credentials from the stack's settings or the environment. */
export async function liveEc2Health(stack: string): Promise<HealthReport> {
  const rolledOut = rolloutIn((await query(stack, ["stack", "export"])) as Exported, stack);
  const config = (await query(stack, ["config", "--json", "--show-secrets"])) as Record<string, { value?: string }>;
  const { region } = rolledOut;
  const ssm = awsSsm(credentialsFrom((key) => config[key]?.value, region));
  return observeHealth({ ssm, clock: realClock(), region, say }, rolledOut, rolledOut.report);
}
