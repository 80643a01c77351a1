import * as path from "node:path";

import type { HealthReport } from "../../components/health/report";
import { accessFrom } from "../../components/hosts/ec2/rollout/access";
import { awsSsm, realClock } from "../../components/hosts/ec2/rollout/aws-ssm";
import { type RolloutInputs, review } from "../../components/hosts/ec2/rollout/roll";
import { Failure } from "./errors";
import { linnixHome, projectFolder } from "./home";
import { tryRun } from "./run";

/** What the rollout of an EC2 stack left in the stack's state. */
export type RolledOut = Pick<RolloutInputs, "document" | "instanceId" | "expected" | "region"> & {
  readonly report?: HealthReport;
};

interface Exported {
  readonly deployment?: { readonly resources?: readonly { readonly type: string; readonly outputs?: unknown }[] };
}

/** Finds the rollout in what `pulumi stack export` prints. */
export function rolloutIn(exported: Exported, stack: string): RolledOut {
  const found = exported.deployment?.resources?.find(({ type }) => type === "pulumi-nodejs:dynamic/linnix:Rollout");
  if (found?.outputs === undefined) {
    throw new Failure(`Stack ${stack} is not deployed: nothing was rolled out. Run \`pulumi up --stack ${stack}\`.`);
  }
  return found.outputs as RolledOut;
}

/** Runs `pulumi` as the person would: their backend, their login; the CLI that `npm start` installed where there is no other. */
async function ask(stack: string, args: readonly string[]): Promise<unknown> {
  const PATH = [process.env.PATH, path.join(linnixHome().tools, "bin")].filter((it) => it !== undefined);
  const env = { ...process.env, PATH: PATH.join(path.delimiter), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const command = [...args, "--stack", stack, "--non-interactive"];
  const { status, stdout, stderr } = await tryRun("pulumi", command, { cwd: projectFolder, env });
  if (status === 0) return JSON.parse(stdout) as unknown;
  const why = stderr.trim().split("\n").slice(-3).join("\n");
  throw new Failure(
    `pulumi ${args.join(" ")} failed for stack ${stack}:\n${why}\n` +
      `Log in to the backend that holds the stack (\`pulumi login\`), or make it with \`pulumi up --stack ${stack}\`.`,
  );
}

/** Looks at an EC2 stack's host now, with the credentials that the stack's settings or the environment give. */
export async function liveEc2Health(stack: string): Promise<HealthReport> {
  const rolledOut = rolloutIn((await ask(stack, ["stack", "export"])) as Exported, stack);
  const config = (await ask(stack, ["config", "--json", "--show-secrets"])) as Record<string, { value?: string }>;
  const { region } = rolledOut;
  const ssm = awsSsm(accessFrom((key) => config[key]?.value, region));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  return review({ ssm, clock: realClock(), region, say }, rolledOut, rolledOut.report);
}
