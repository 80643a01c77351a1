/** The requests to IAM that AWS makes of a call: one or more actions, each on a resource. Pure. */
import { account, region } from "../../host/world/addresses";
import type { Call } from "../api/call";

/** A question to IAM. */
export interface PermissionRequest {
  /** `ec2:RunInstances`. */
  readonly action: string;
  /** An ARN, or `*` if the call names none. */
  readonly resource: string;
  /** Condition keys. */
  readonly context: Readonly<Record<string, string>>;
}

/** Calls that need no permission. */
const free = new Set(["sts:GetCallerIdentity", "sts:GetSessionToken"]);

type Parameters = Call["parameters"];

const regional = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;
const global = (service: string, rest: string): string => `arn:aws:${service}::${account}:${rest}`;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The resource that a call names, by service; `*` where it names none. */
function resourceOf({ service, action, parameters }: Call): string {
  const of = (name: string) => text(parameters[name]);
  switch (service) {
    case "s3": {
      const [bucket, key] = [of("Bucket"), of("Key")];
      if (bucket === "") return "*";
      return key === "" ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
    }
    case "iam": {
      const [profile, role] = [of("InstanceProfileName"), of("RoleName")];
      if (profile !== "") return global("iam", `instance-profile/${profile}`);
      return role === "" ? "*" : global("iam", `role/${role}`);
    }
    case "sns": {
      if (action === "CreateTopic") return regional("sns", of("Name"));
      const arn = of("TopicArn") || of("ResourceArn");
      // A subscription's ARN is its topic's and an id.
      return arn || of("SubscriptionArn").replace(/:[^:]*$/, "") || "*";
    }
    case "ssm": {
      const name = of("Name");
      return name.startsWith("/") && !name.startsWith("/aws/") ? regional("ssm", `parameter${name}`) : "*";
    }
    case "logs": {
      const group = of("logGroupName");
      return group === "" ? "*" : regional("logs", `log-group:${group}:*`);
    }
    case "ecr": {
      const repository = of("repositoryName");
      return repository === "" ? "*" : regional("ecr", `repository/${repository}`);
    }
    default:
      return "*";
  }
}

function contextOf({ service, parameters }: Call): Readonly<Record<string, string>> {
  const namespace = text(parameters.Namespace);
  return service === "cloudwatch" && namespace !== "" ? { "cloudwatch:namespace": namespace } : {};
}

/** A role that a call passes to a service. */
function passedRole(call: Call, roles: Readonly<Record<string, string>>): PermissionRequest[] {
  const { service, action, parameters } = call;
  const pass = (resource: string, to: string): PermissionRequest[] => [
    { action: "iam:PassRole", resource, context: { "iam:PassedToService": to } },
  ];
  const profile = text(parameters["IamInstanceProfile.Name"]);
  if (service === "ec2" && action === "RunInstances" && profile !== "")
    return pass(global("iam", `role/${roles[profile] ?? profile}`), "ec2.amazonaws.com");
  const delivery = text(parameters.DeliverLogsPermissionArn);
  if (service === "ec2" && action === "CreateFlowLogs" && delivery !== "")
    return pass(delivery, "vpc-flow-logs.amazonaws.com");
  return [];
}

/** Whether a request sets tags when it creates something, which is an action of its own. */
const setsTags = (parameters: Parameters): boolean =>
  Object.keys(parameters).some((name) => /^(TagSpecification|Tags?\b|tags?\b)/.test(name));

/** Services in which that action has another name than TagResource. */
const tagging: Readonly<Record<string, (action: string) => string>> = {
  ec2: () => "CreateTags",
  iam: (action) => (action.includes("InstanceProfile") ? "TagInstanceProfile" : "TagRole"),
  ssm: () => "AddTagsToResource",
};

function tags(call: Call): PermissionRequest[] {
  const { service, action, parameters } = call;
  if (!/^(Create|Run|Put|Allocate)/.test(action) || !setsTags(parameters)) return [];
  const name = tagging[service]?.(action) ?? "TagResource";
  return [{ action: `${service}:${name}`, resource: resourceOf(call), context: {} }];
}

/**
 * What AWS asks IAM for a call.
 *
 * @param roles name of the role of each instance profile.
 */
export function permissionRequests(call: Call, roles: Readonly<Record<string, string>> = {}): PermissionRequest[] {
  const action = `${call.service}:${call.action}`;
  if (free.has(action)) return [];
  return [{ action, resource: resourceOf(call), context: contextOf(call) }, ...passedRole(call, roles), ...tags(call)];
}

/** What a pull of an image by a host asks of ECR, besides the token: the registry stands in for these calls. */
export const pullRequests = (repository: string): PermissionRequest[] =>
  ["BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"].map((action) => ({
    action: `ecr:${action}`,
    resource: regional("ecr", `repository/${repository}`),
    context: {},
  }));

/** The same for a push by the deployer's engine. */
export const pushRequests = (repository: string): PermissionRequest[] =>
  [
    ...["BatchCheckLayerAvailability", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"],
    ...["BatchGetImage", "GetDownloadUrlForLayer"],
  ].map((action) => ({ action: `ecr:${action}`, resource: regional("ecr", `repository/${repository}`), context: {} }));
