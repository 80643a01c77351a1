/** The policies of the host's role. Every wildcard has its reason beside it. Pure. */
import type { SecretName } from "../../../services/secrets";
import type { SessionTargets } from "../../../settings/ec2/session-arns";
import {
  allLogParts,
  arn,
  type AwsScope,
  bundleFolder,
  logGroup,
  metricNamespace,
  parameterPrefix,
  secretParameter,
} from "../stack";
import { type PolicyDocument, type Statement, policy } from "../policy";
import { parameterNames } from "../protocol";

/** The facts that determine the host's policies. */
export interface HostIdentity {
  readonly scope: AwsScope;
  readonly stack: string;
  /** The secrets that the stack has. */
  readonly secrets: readonly SecretName[];
  /** The ECR repositories that it pulls from; empty if the images are in another registry. */
  readonly repositoryArns: readonly string[];
  /** The bucket that contains the host bundles. */
  readonly bundleBucketArn: string;
  /** The stack's own key, if secrets and bundles are encrypted with it. */
  readonly keyArn?: string | undefined;
  /** What Session Manager's preferences name. */
  readonly sessions: SessionTargets;
}

/**
 * Run Command and Session Manager only. AWS's managed policy for this may also read every parameter of the account.
 * AWS cannot limit these actions to a resource: the agent always acts for its own instance.
 */
function agent(): PolicyDocument {
  return policy({
    Sid: "SystemsManagerAgent",
    Effect: "Allow",
    Action: [
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
      // Agents older than 3.3.40 use these instead of ssmmessages.
      "ec2messages:AcknowledgeMessage",
      "ec2messages:DeleteMessage",
      "ec2messages:FailMessage",
      "ec2messages:GetEndpoint",
      "ec2messages:GetMessages",
      "ec2messages:SendReply",
    ],
    Resource: ["*"],
  });
}

/**
 * Reads the parameters that this stack writes for its host, and writes the host's own. A parameter in one version has the
 * name `name:version`, which AWS's documentation does not say to be covered by the ARN of `name`.
 */
function parameters({ scope, stack, secrets }: HostIdentity): PolicyDocument {
  const parameter = (name: string) => arn(scope, "ssm", `parameter${name}`);
  const { desired, result, health } = parameterNames(parameterPrefix(stack));
  const own = [result, health].map(parameter);
  const read = [desired, ...secrets.map((secret) => secretParameter(stack, secret))];
  return policy(
    {
      Sid: "Read",
      Effect: "Allow",
      Action: ["ssm:GetParameter"],
      Resource: [
        ...read.map(parameter),
        ...secrets.map((secret) => parameter(`${secretParameter(stack, secret)}:*`)),
        ...own,
      ],
    },
    { Sid: "Tell", Effect: "Allow", Action: ["ssm:PutParameter"], Resource: own },
  );
}

/** Pulls from these repositories. */
function images({ repositoryArns }: HostIdentity): PolicyDocument {
  return policy(
    // AWS cannot limit this action: a token is for the whole registry. It only gives what the next statement allows.
    { Sid: "LogIn", Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] },
    {
      Sid: "Pull",
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: repositoryArns,
    },
  );
}

/** Writes logs to this stack's groups, which it can't create, empty or change. */
function logs({ scope, stack }: HostIdentity): PolicyDocument {
  return policy({
    Sid: "Ship",
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
    Resource: allLogParts.map((part) => arn(scope, "logs", `log-group:${logGroup(stack, part)}:*`)),
  });
}

/** Puts metrics in this project's namespace; AWS limits metrics by this condition only, not by resource. */
function metrics(): PolicyDocument {
  return policy({
    Sid: "PutMetrics",
    Effect: "Allow",
    Action: ["cloudwatch:PutMetricData"],
    Resource: ["*"],
    Condition: { StringEquals: { "cloudwatch:namespace": metricNamespace } },
  });
}

/** Reads the host bundles. The name of one is in the desired state: it needs no list of them. */
function bundles({ bundleBucketArn }: HostIdentity): PolicyDocument {
  return policy({
    Sid: "Fetch",
    Effect: "Allow",
    Action: ["s3:GetObject"],
    Resource: [`${bundleBucketArn}/${bundleFolder}*`],
  });
}

/** Reads this stack's secrets and host bundles, and nothing else that was encrypted with the key. */
function key({ scope, stack, secrets, bundleBucketArn }: HostIdentity, keyArn: string): PolicyDocument {
  const decrypt = (sid: string, service: "ssm" | "s3", context: string, resources: readonly string[]): Statement => ({
    Sid: sid,
    Effect: "Allow",
    Action: ["kms:Decrypt"],
    Resource: [keyArn],
    Condition: {
      StringEquals: {
        "kms:ViaService": `${service}.${scope.region}.amazonaws.com`,
        [`kms:EncryptionContext:${context}`]: resources,
      },
    },
  });
  const parameters = secrets.map((secret) => arn(scope, "ssm", `parameter${secretParameter(stack, secret)}`));
  return policy(
    decrypt("DecryptSecrets", "ssm", "PARAMETER_ARN", parameters),
    decrypt("DecryptBundles", "s3", "aws:s3:arn", [bundleBucketArn]),
  );
}

/** Encrypts and records sessions, as the account's preferences of Session Manager ask the agent to. */
function sessions({ keys, logGroups, buckets }: SessionTargets): PolicyDocument {
  const statement = (Sid: string, Action: string[], Resource: string[]): Statement[] =>
    Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource }];
  return policy(
    ...statement("UseKeys", ["kms:Decrypt", "kms:GenerateDataKey"], [...keys]),
    ...statement(
      "WriteLogs",
      ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      logGroups.map((group) => `${group}:*`),
    ),
    // The agent lists groups to find the one in the preferences, and AWS cannot limit a list to one group.
    ...statement("FindLogs", ["logs:DescribeLogGroups"], logGroups.length === 0 ? [] : ["*"]),
    ...statement(
      "WriteObjects",
      ["s3:PutObject"],
      buckets.map((bucket) => `${bucket}/*`),
    ),
    ...statement("CheckEncryption", ["s3:GetEncryptionConfiguration"], [...buckets]),
  );
}

/** Whether the preferences name anything. */
export const recordsSessions = ({ keys, logGroups, buckets }: SessionTargets): boolean =>
  keys.length + logGroups.length + buckets.length > 0;

/** Names of the policies that the host's role may have. */
export const hostPolicyNames = [
  "agent",
  "parameters",
  "images",
  "bundles",
  "logs",
  "metrics",
  "key",
  "sessions",
] as const;

/** The policies of the host's role by name, without those that the stack does not need. */
export function hostPolicies(
  identity: HostIdentity,
): Partial<Record<(typeof hostPolicyNames)[number], PolicyDocument>> {
  return {
    agent: agent(),
    parameters: parameters(identity),
    ...(identity.repositoryArns.length === 0 ? {} : { images: images(identity) }),
    bundles: bundles(identity),
    logs: logs(identity),
    metrics: metrics(),
    ...(identity.keyArn === undefined ? {} : { key: key(identity, identity.keyArn) }),
    ...(recordsSessions(identity.sessions) ? { sessions: sessions(identity.sessions) } : {}),
  };
}
