/** What the host's role may do, as pure functions of plain values. Every wildcard has its reason beside it. */
import { logGroup, logParts, metricNamespace, secretParameter } from "./names";
import { type Place, arn } from "./place";
import { type SecretName, parameterPrefix } from "./services";

/** A condition: operator → key → what is allowed. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** One statement of a policy; resource policies name a principal too. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal?: Readonly<Record<string, string>> | "*";
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Condition;
}

/** A policy as IAM reads it. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** A document of these statements. */
export function policy(...statements: Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/** What the host's role depends on. */
export interface HostIdentity {
  readonly place: Place;
  readonly stack: string;
  /** The secrets that the stack has. */
  readonly secrets: readonly SecretName[];
  /** The ECR repositories that it pulls from; empty where the images stand elsewhere. */
  readonly repositoryArns: readonly string[];
  /** The key that the secrets are encrypted with, when it is the stack's own. */
  readonly keyArn?: string | undefined;
}

/**
 * Run Command and Session Manager, no more. AWS's managed policy for this also reads every parameter of the account.
 * None of these actions knows a resource that a role could be limited to: the agent speaks for its own instance.
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
      // What agents older than 3.3.40 speak in place of ssmmessages.
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

/** Reads what this stack tells its host, writes what the host tells of itself: parameter by parameter. */
function parameters({ place, stack, secrets }: HostIdentity): PolicyDocument {
  const parameter = (name: string) => arn(place, "ssm", `parameter${name}`);
  const own = ["result", "health"].map((name) => parameter(`${parameterPrefix(stack)}/${name}`));
  const told = [`${parameterPrefix(stack)}/desired`, ...secrets.map((secret) => secretParameter(stack, secret))];
  return policy(
    { Sid: "Read", Effect: "Allow", Action: ["ssm:GetParameter"], Resource: [...told.map(parameter), ...own] },
    { Sid: "Tell", Effect: "Allow", Action: ["ssm:PutParameter"], Resource: own },
  );
}

/** Pulls from these repositories. */
function images({ repositoryArns }: HostIdentity): PolicyDocument {
  return policy(
    // A token is for the whole registry: AWS has no resource for it. It opens only what the next statement allows.
    { Sid: "LogIn", Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] },
    {
      Sid: "Pull",
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: repositoryArns,
    },
  );
}

/** Ships logs into this stack's groups, which it can't make, empty or keep for longer. */
function logs({ place, stack }: HostIdentity): PolicyDocument {
  return policy({
    Sid: "Ship",
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
    Resource: logParts.map((part) => arn(place, "logs", `log-group:${logGroup(stack, part)}:*`)),
  });
}

/** Puts metrics in this project's namespace; AWS knows no resource for a metric, only this condition. */
function metrics(): PolicyDocument {
  return policy({
    Sid: "PutMetrics",
    Effect: "Allow",
    Action: ["cloudwatch:PutMetricData"],
    Resource: ["*"],
    Condition: { StringEquals: { "cloudwatch:namespace": metricNamespace } },
  });
}

/** Reads this stack's secrets, and nothing else that was encrypted with the key. */
function key({ place, stack, secrets }: HostIdentity, keyArn: string): PolicyDocument {
  return policy({
    Sid: "DecryptSecrets",
    Effect: "Allow",
    Action: ["kms:Decrypt"],
    Resource: [keyArn],
    Condition: {
      StringEquals: {
        "kms:ViaService": `ssm.${place.region}.amazonaws.com`,
        "kms:EncryptionContext:PARAMETER_ARN": secrets.map((secret) =>
          arn(place, "ssm", `parameter${secretParameter(stack, secret)}`),
        ),
      },
    },
  });
}

/** Every policy of the host's role that there may be, by name. */
export const hostPolicyNames = ["agent", "parameters", "images", "logs", "metrics", "key"] as const;

/** The policies of the host's role, by name; what a stack has no use for is left out. */
export function hostPolicies(
  identity: HostIdentity,
): Partial<Record<(typeof hostPolicyNames)[number], PolicyDocument>> {
  return {
    agent: agent(),
    parameters: parameters(identity),
    ...(identity.repositoryArns.length === 0 ? {} : { images: images(identity) }),
    logs: logs(identity),
    metrics: metrics(),
    ...(identity.keyArn === undefined ? {} : { key: key(identity, identity.keyArn) }),
  };
}

/** The ECR repository that an image stands in; nothing when it stands in another registry. */
export function repositoryArn(reference: string): string | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)\/([^@:]+)@/.exec(reference);
  if (match === null) return undefined;
  const [, account = "", region = "", domain, repository = ""] = match;
  const partition = domain === "amazonaws.com.cn" ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  return arn({ partition, region, account }, "ecr", `repository/${repository}`);
}
