import { portForwarding } from "../../components/hosts/ec2/monitoring/commands";
import { awsEnvironment, query, reachHost } from "../lib/ec2-stack";
import { Failure } from "../lib/errors";
import { linnixHome } from "../lib/home";
import { outputs } from "../lib/pulumi";
import { say } from "../lib/say";
import { readStackFile } from "../lib/stack-file";
import { kindOf, settingsName } from "../lib/stack-kind";
import { sayCounting } from "../settings/say-counting";
import { findSession, readSession } from "../start/session";
import { type Forwarding, forwardPort } from "./forwarding";
import type { Target } from "./proxy";

/** A way to a stack's API. */
export interface Connection {
  readonly target: Target;
  /** For a host on EC2. */
  readonly forwarding?: Forwarding;
}

/** Port and token of the API, from a stack's outputs. */
function targetIn(outputs: Readonly<Record<string, unknown>>, stack: string): Target {
  const { apiToken, endpoints } = outputs as { apiToken?: string; endpoints?: { api?: string } };
  if (apiToken === undefined || endpoints?.api === undefined) {
    throw new Failure(`Stack ${stack} is not deployed: it has no outputs. Deploy it first.`);
  }
  return { port: Number(new URL(endpoints.api).port), token: apiToken };
}

async function connectEc2(stack: string, stop: AbortSignal): Promise<Connection> {
  const [{ rolledOut, access }, deployed] = await Promise.all([
    reachHost(stack),
    query(stack, ["stack", "output", "--json", "--show-secrets"]),
  ]);
  const { instanceId, region } = rolledOut;
  const remote = targetIn(deployed as Record<string, unknown>, stack);
  const env = await awsEnvironment(access);
  say(`forwarding port ${remote.port} of ${instanceId} through Systems Manager …`);
  const forwarding = await forwardPort(portForwarding(region, instanceId, remote.port), env, stop);
  return { target: { ...remote, port: forwarding.port }, forwarding };
}

/**
 * Finds a stack's API, and forwards its port if the stack is on EC2.
 *
 * @throws BadInput if there is no such stack; Failure if it is not deployed or cannot be reached.
 */
export async function connect(stack: string, stop: AbortSignal): Promise<Connection> {
  // Without a session and without settings, the name is wrong.
  if (findSession(linnixHome(), stack) === undefined) readStackFile(settingsName(stack));
  sayCounting(linnixHome(), settingsName(stack));
  if (kindOf(stack) === "ec2") return connectEc2(stack, stop);
  return { target: targetIn(await outputs(readSession(linnixHome(), stack)), stack) };
}

/**
 * Sends one request to the API.
 *
 * @throws Failure if it is not reachable or does not accept the token.
 */
export async function probe(stack: string, { port, token }: Target): Promise<void> {
  const address = `http://127.0.0.1:${port}/healthz`;
  const headers = { authorization: `Bearer ${token}` };
  const status = await fetch(address, { headers, signal: AbortSignal.timeout(10_000) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.status;
    },
    () => undefined,
  );
  if (status === 200) return;
  throw new Failure(
    status === undefined
      ? `cognitod of stack ${stack} does not answer. Run \`npm run status -- ${stack}\`.`
      : `cognitod of stack ${stack} answers with status ${status}. With 401, the token has changed since the last update: ` +
          `run \`pulumi up --stack ${stack}\`.`,
  );
}
