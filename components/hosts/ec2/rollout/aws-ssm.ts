/**
 * {@link Ssm} on the AWS SDK. It runs in the dynamic provider's process, serialised: it loads the SDK when it is called, and
 * captures nothing but other functions.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- see above */
import { type Access, durationSeconds } from "./access";
import type { Clock, InstanceView, Ssm } from "./ssm";

type SsmModule = typeof import("@aws-sdk/client-ssm");
type Ec2Module = typeof import("@aws-sdk/client-ec2");
type Credentials = NonNullable<ConstructorParameters<SsmModule["SSMClient"]>[0]>["credentials"];

/** The real time. */
export function realClock(): Clock {
  return {
    now: () => Date.now() / 1000,
    sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
  };
}

function credentials(access: Access): Credentials {
  const { fromIni, fromTemporaryCredentials } =
    require("@aws-sdk/credential-providers") as typeof import("@aws-sdk/credential-providers");
  const { keys, profile, roles, region, endpoints } = access;
  const own: Credentials = keys ?? (profile === undefined ? undefined : fromIni({ profile }));
  return roles.reduce<Credentials>((before, role) => {
    const seconds = durationSeconds(role.duration ?? "");
    return fromTemporaryCredentials({
      params: {
        RoleArn: role.roleArn,
        RoleSessionName: role.sessionName ?? "linnix-rollout",
        ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
        ...(seconds === undefined ? {} : { DurationSeconds: seconds }),
      },
      ...(before === undefined ? {} : { masterCredentials: before }),
      clientConfig: { region, ...(endpoints.sts === undefined ? {} : { endpoint: endpoints.sts }) },
    });
  }, own);
}

function clientOptions(access: Access, endpoint: string | undefined) {
  const known = credentials(access);
  return {
    region: access.region,
    // Throttling, dropped connections: with the SDK's backoff this is about a minute.
    maxAttempts: 8,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000 },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(known === undefined ? {} : { credentials: known }),
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** Names by which the SDK and Node call what passes by itself. */
function passing(error: unknown): boolean {
  const { name, code, $metadata, $retryable } = error as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
    $retryable?: unknown;
  };
  return (
    $retryable !== undefined ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    /Throttl|TooManyRequests|RequestLimit|TimeoutError|ServiceUnavailable|InternalServer/.test(name ?? "") ||
    /^(ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)/.test(code ?? "")
  );
}

/** Says in one sentence what AWS refused and what to do about it. */
function failure(error: unknown, action: string, access: Access): Error {
  const name = nameOf(error);
  const refused = `AWS refused ${action} in ${access.region}: ${name}: ${error instanceof Error ? error.message : String(error)}`;
  const remedy = /AccessDenied|UnauthorizedOperation|NotAuthorized/.test(name)
    ? `. Whoever runs the update needs the permission ${action}`
    : /Credentials|Token|UnrecognizedClient|Signature|AuthFailure/.test(name)
      ? ". Credentials come from aws:profile or aws:accessKey and aws:secretKey in the stack's settings, else from the environment (AWS_PROFILE, AWS_ACCESS_KEY_ID, SSO): log in again, or set one of them"
      : passing(error)
        ? ". It was tried several times; try again later"
        : "";
  return Object.assign(new Error(`${refused}${remedy}.`), { transient: passing(error) });
}

const states = ["pending", "running", "stopping", "stopped", "shutting-down", "terminated"] as const;

async function instanceState(access: Access, instanceId: string): Promise<InstanceView["state"]> {
  const { DescribeInstancesCommand, EC2Client } = require("@aws-sdk/client-ec2") as Ec2Module;
  const client = new EC2Client(clientOptions(access, access.endpoints.ec2));
  try {
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
    const name = Reservations?.[0]?.Instances?.[0]?.State?.Name;
    return name === undefined ? "gone" : (states.find((state) => state === name) ?? "unknown");
  } catch (error) {
    // Only what it is asked for: whoever may not ask gets a less exact answer, not a failure.
    return nameOf(error).startsWith("InvalidInstanceID") ? "gone" : "unknown";
  } finally {
    client.destroy();
  }
}

async function agentState(
  client: InstanceType<SsmModule["SSMClient"]>,
  instanceId: string,
): Promise<Omit<InstanceView, "state">> {
  const { DescribeInstanceInformationCommand } = require("@aws-sdk/client-ssm") as SsmModule;
  try {
    const filter = [{ Key: "InstanceIds", Values: [instanceId] }];
    const answer = await client.send(new DescribeInstanceInformationCommand({ Filters: filter }));
    const [found] = answer.InstanceInformationList ?? [];
    if (found === undefined) return { agent: "absent" };
    const lastPing = found.LastPingDateTime?.toISOString();
    return {
      agent: found.PingStatus === "Online" ? "online" : "lost",
      ...(lastPing === undefined ? {} : { lastPing }),
    };
  } catch {
    return { agent: "unknown" };
  }
}

/** Systems Manager and EC2 as this access reaches them. */
export function awsSsm(access: Access): Ssm {
  // The SDK's version is this project's choice, not something for whoever runs an update to be warned of.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const sdk = require("@aws-sdk/client-ssm") as SsmModule;
  const client = new sdk.SSMClient(clientOptions(access, access.endpoints.ssm));
  /** Runs a call; an error of the name `absent` is the answer "there is none". */
  const call = async <T>(
    action: string,
    absent: string | undefined,
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (nameOf(error) === absent) return undefined;
      throw failure(error, action, access);
    }
  };
  return {
    async putParameter(name, value) {
      const input = { Name: name, Value: value, Type: "String", Tier: "Intelligent-Tiering", Overwrite: true } as const;
      await call("ssm:PutParameter", undefined, () => client.send(new sdk.PutParameterCommand(input)));
    },
    getParameter: (name) =>
      call("ssm:GetParameter", "ParameterNotFound", async () => {
        const { Parameter } = await client.send(new sdk.GetParameterCommand({ Name: name }));
        const { Value: value = "", Version: version = 0, LastModifiedDate: modified } = Parameter ?? {};
        return { value, version, modified: modified?.toISOString() ?? "" };
      }),
    async deleteParameters(names) {
      const input = { Names: [...names] };
      await call("ssm:DeleteParameters", undefined, () => client.send(new sdk.DeleteParametersCommand(input)));
    },
    sendCommand: ({ instanceId, comment, script, executionSeconds }) =>
      call("ssm:SendCommand", "InvalidInstanceId", async () => {
        const { Command } = await client.send(
          new sdk.SendCommandCommand({
            DocumentName: "AWS-RunShellScript",
            InstanceIds: [instanceId],
            Comment: comment.slice(0, 100),
            // How long the agent may take to fetch it; it is registered, so it is there.
            TimeoutSeconds: 120,
            Parameters: { commands: script.split("\n"), executionTimeout: [String(executionSeconds)] },
          }),
        );
        return Command?.CommandId;
      }),
    invocation: (CommandId, InstanceId) =>
      call("ssm:GetCommandInvocation", "InvocationDoesNotExist", async () => {
        const seen = await client.send(new sdk.GetCommandInvocationCommand({ CommandId, InstanceId }));
        return {
          status: seen.Status ?? "Pending",
          detail: seen.StatusDetails ?? "",
          exitCode: seen.ResponseCode ?? -1,
          stdout: seen.StandardOutputContent ?? "",
          stderr: seen.StandardErrorContent ?? "",
        };
      }),
    async instance(instanceId) {
      const [state, agent] = await Promise.all([instanceState(access, instanceId), agentState(client, instanceId)]);
      return { state, ...agent };
    },
  };
}
