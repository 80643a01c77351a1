/**
 * {@link Ssm} on the AWS SDK. It runs serialised, in the dynamic provider's process: it loads the SDK when it is called,
 * and captures nothing except other functions.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- see above */
import { goDurationSeconds } from "../../../go-duration";
import { clientConnection } from "./connection";
import type { AssumedRole, AwsCredentials } from "./credentials";
import type { Clock, InstanceView, Ssm } from "./ssm";

type SsmModule = typeof import("@aws-sdk/client-ssm");
type Ec2Module = typeof import("@aws-sdk/client-ec2");
type Credentials = NonNullable<ConstructorParameters<SsmModule["SSMClient"]>[0]>["credentials"];

/** The system's clock. */
export function realClock(): Clock {
  return {
    now: () => Date.now() / 1000,
    sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
  };
}

/** The whole of a role's session, as the AWS provider requests it. A trust policy may require any part of it. */
export function assumeRoleParameters(role: AssumedRole) {
  const seconds = goDurationSeconds(role.duration ?? "");
  const { policyArns, tags, transitiveTagKeys } = role;
  return {
    RoleArn: role.roleArn,
    RoleSessionName: role.sessionName ?? "linnix-rollout",
    ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
    ...(seconds === undefined ? {} : { DurationSeconds: seconds }),
    ...(role.policy === undefined ? {} : { Policy: role.policy }),
    ...(policyArns === undefined ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
    ...(role.sourceIdentity === undefined ? {} : { SourceIdentity: role.sourceIdentity }),
    ...(tags === undefined ? {} : { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
    ...(transitiveTagKeys === undefined ? {} : { TransitiveTagKeys: [...transitiveTagKeys] }),
  };
}

/** Credentials for the SDK's clients; undefined for its own chain. */
export function credentials(access: AwsCredentials): Credentials {
  const { fromIni, fromTemporaryCredentials } =
    require("@aws-sdk/credential-providers") as typeof import("@aws-sdk/credential-providers");
  const { keys, profile, roles, region, stsRegion = region, endpoints, connection } = access;
  const own: Credentials = keys ?? (profile === undefined ? undefined : fromIni({ profile }));
  return roles.reduce<Credentials>((before, role) => {
    return fromTemporaryCredentials({
      params: assumeRoleParameters(role),
      ...(before === undefined ? {} : { masterCredentials: before }),
      clientConfig: {
        region: stsRegion,
        ...clientConnection(connection, `sts.${stsRegion}.amazonaws.com`),
        ...(endpoints.sts === undefined ? {} : { endpoint: endpoints.sts }),
      },
    });
  }, own);
}

function clientOptions(access: AwsCredentials, service: "ssm" | "ec2") {
  const known = credentials(access);
  const endpoint = access.endpoints[service];
  return {
    region: access.region,
    // Throttling, dropped connections: with the SDK's backoff this is about a minute.
    maxAttempts: 8,
    ...clientConnection(access.connection, `${service}.${access.region}.amazonaws.com`),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(known === undefined ? {} : { credentials: known }),
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** Whether the error is transient, by the names that the SDK and Node give such errors. */
function transient(error: unknown): boolean {
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

/** What to do about a rejected call; empty if nothing is known. */
function remedyOf(error: unknown, action: string): string {
  const name = nameOf(error);
  if (/AccessDenied|UnauthorizedOperation|NotAuthorized/.test(name)) {
    return `. The identity that runs the update needs the permission ${action}`;
  }
  if (/Credentials|Token|UnrecognizedClient|Signature|AuthFailure/.test(name)) {
    return (
      ". Credentials come from aws:profile or aws:accessKey and aws:secretKey in the stack's settings, else from the environment " +
      "(AWS_PROFILE, AWS_ACCESS_KEY_ID, SSO): log in again, or set one of them. Signatures also fail if this machine's clock is wrong"
    );
  }
  if (name === "InvalidDocument") return ". `pulumi up --refresh` creates the stack's document again";
  return transient(error) ? ". It was tried several times; run the update again later" : "";
}

/**
 * The error of a rejected call: one sentence with the cause and a fix. Before its first call the client assumes the roles of
 * `aws:assumeRoles`, and AWS's message names the action that it refused.
 */
export function failure(error: unknown, call: string, access: AwsCredentials): Error {
  const [, refused] = /not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(String(error)) ?? [];
  const action = refused ?? call;
  const cause = `${nameOf(error)}: ${error instanceof Error ? error.message : String(error)}`;
  const text = `AWS refused ${action} in ${access.region}: ${cause}${remedyOf(error, action)}.`;
  return Object.assign(new Error(text), { transient: transient(error) });
}

const states = ["pending", "running", "stopping", "stopped", "shutting-down", "terminated"] as const;

async function instanceState(access: AwsCredentials, instanceId: string): Promise<InstanceView["state"]> {
  const { DescribeInstancesCommand, EC2Client } = require("@aws-sdk/client-ec2") as Ec2Module;
  const client = new EC2Client(clientOptions(access, "ec2"));
  try {
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
    const name = Reservations?.[0]?.Instances?.[0]?.State?.Name;
    return name === undefined ? "gone" : (states.find((state) => state === name) ?? "unknown");
  } catch (error) {
    // Without the permission to query instances the message is less exact, but the rollout does not fail.
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

/** How long a command may wait for the agent, in seconds. */
const deliverySeconds = 600;

/** Systems Manager and EC2, called with these credentials. */
export function awsSsm(access: AwsCredentials): Ssm {
  // Suppress the SDK's warning about the Node version: users cannot change the SDK's version.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const sdk = require("@aws-sdk/client-ssm") as SsmModule;
  const client = new sdk.SSMClient(clientOptions(access, "ssm"));
  /** Runs a call. Returns undefined if it fails with an error of the name `absent`. */
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
    sendCommand: ({ instanceId, comment, document, parameters }) =>
      call("ssm:SendCommand", "InvalidInstanceId", async () => {
        const { Command } = await client.send(
          new sdk.SendCommandCommand({
            DocumentName: document,
            Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
            InstanceIds: [instanceId],
            Comment: comment.slice(0, 100),
            // How long the agent may take to fetch the command. It is registered; after a stop and a start, or while its
            // connection is being renewed, it is late.
            TimeoutSeconds: deliverySeconds,
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
