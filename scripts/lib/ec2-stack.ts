/** How commands reach a stack on EC2: through its state, with the credentials of its settings or of the environment. */
import * as path from "node:path";

import type { HealthReport } from "../../components/health/report";
import { type AwsCredentials, credentialsFrom } from "../../components/hosts/ec2/rollout/credentials";
import { awsSsm, credentials, realClock } from "../../components/hosts/ec2/rollout/ssm-client";
import type { RolloutInputs } from "../../components/hosts/ec2/rollout/roll-out";
import type { RolloutContext } from "../../components/hosts/ec2/rollout/ssm";
import { foreignConfigFile } from "../../components/settings/config-file";
import { safeText } from "../../components/safe-text";
import { Failure } from "./errors";
import { linnixHome, projectFolder } from "./home";
import { tryRun } from "./run";
import { say } from "./say";

/** The rollout of an EC2 stack, from the stack's state. */
export type RolledOut = Pick<
  RolloutInputs,
  "document" | "instanceId" | "lookDocument" | "changeDocument" | "expected" | "region" | "prefix" | "deadlineSeconds"
> & { readonly report?: HealthReport };

/** The parts of `pulumi stack export` that are used here. */
interface Exported {
  readonly deployment?: { readonly resources?: readonly { readonly type: string; readonly outputs?: unknown }[] };
}

/** Finds the rollout in the output of `pulumi stack export`. */
export function rolloutIn(exported: Exported, stack: string): RolledOut {
  const found = exported.deployment?.resources?.find(({ type }) => type === "pulumi-nodejs:dynamic/linnix:Rollout");
  if (found?.outputs === undefined) {
    throw new Failure(`Stack ${stack} is not deployed: its state has no rollout. Run \`pulumi up --stack ${stack}\`.`);
  }
  const rolledOut = found.outputs as Partial<RolledOut>;
  if (rolledOut.lookDocument === undefined || rolledOut.changeDocument === undefined) {
    throw new Failure(
      `Stack ${stack} has no Systems Manager document through which its host is reached: an earlier version of this project ` +
        `deployed it. \`pulumi up --stack ${stack}\` makes it.`,
    );
  }
  return rolledOut as RolledOut;
}

/** The environment of `pulumi` with the user's own backend and login; with the CLI that `npm start` installed if there is no other. */
export function ownEnvironment(stack: string): NodeJS.ProcessEnv {
  const PATH = [process.env.PATH, path.join(linnixHome().tools, "bin")].filter((it) => it !== undefined);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: PATH.join(path.delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  // In a shell with the environment of another stack.
  if (foreignConfigFile(path.posix.basename(stack), env.PULUMI_OPTION_CONFIG_FILE).length > 0)
    delete env.PULUMI_OPTION_CONFIG_FILE;
  return env;
}

/** What a `pulumi` command prints as JSON, in {@link ownEnvironment}. */
export async function query(stack: string, args: readonly string[]): Promise<unknown> {
  const env = ownEnvironment(stack);
  const command = [...args, "--stack", stack, "--non-interactive"];
  const { status, stdout, stderr } = await tryRun("pulumi", command, { cwd: projectFolder, env });
  if (status === 0) return JSON.parse(stdout) as unknown;
  const why = stderr.trim().split("\n").slice(-3).join("\n");
  throw new Failure(
    `pulumi ${args.join(" ")} failed for stack ${stack}:\n${why}\n` +
      `Log in to the backend that holds the stack (\`pulumi login\`), or create it with \`pulumi up --stack ${stack}\`.`,
  );
}

/** A way to a stack's host. */
export interface ReachedHost {
  readonly rolledOut: RolledOut;
  readonly access: AwsCredentials;
  readonly context: RolloutContext;
}

/** Progress may be the host's own words. */
const saySafely = (line: string): void => {
  say(safeText(line, 2_000));
};

/**
 * Finds a stack's host, and the credentials with which AWS is called.
 *
 * @throws Failure if the stack is not deployed, or its state cannot be read.
 */
export async function reachHost(stack: string): Promise<ReachedHost> {
  const [exported, config] = await Promise.all([
    query(stack, ["stack", "export"]),
    query(stack, ["config", "--json", "--show-secrets"]),
  ]);
  const rolledOut = rolloutIn(exported as Exported, stack);
  const settings = config as Record<string, { value?: string }>;
  const { region } = rolledOut;
  const access = credentialsFrom((key) => settings[key]?.value, region);
  return { rolledOut, access, context: { ssm: awsSsm(access), clock: realClock(), region, say: saySafely } };
}

/** The environment in which the AWS CLI has the credentials of the stack's settings; else its own chain decides. */
export async function awsEnvironment(access: AwsCredentials): Promise<NodeJS.ProcessEnv> {
  const found = credentials(access);
  const known = typeof found === "function" ? await found() : found;
  const { ssm } = access.endpoints;
  const env = { ...process.env, ...(ssm === undefined ? {} : { AWS_ENDPOINT_URL_SSM: ssm }) };
  if (known === undefined) return env;
  return {
    ...env,
    AWS_ACCESS_KEY_ID: known.accessKeyId,
    AWS_SECRET_ACCESS_KEY: known.secretAccessKey,
    // An empty one is none: a token of the environment belongs to other keys.
    AWS_SESSION_TOKEN: known.sessionToken ?? "",
  };
}
