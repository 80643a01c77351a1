/** The requests to IAM that AWS makes of a call: one or more actions, each on a resource. Pure. */
import { actionFacts } from "../../../scripts/docs/roles/iam-facts";
import { account, region } from "../../host/world/addresses";
import type { Call } from "../api/call";
import { ec2Arn, idsOf, madeTypes, typeOf } from "./ec2-resources";
import { namedResources } from "./named-resources";
import { specifiedTags, tagContext, tagsOfCall, type Tags } from "./tags";

/** A question to IAM. */
export interface PermissionRequest {
  /** `ec2:RunInstances`. */
  readonly action: string;
  /** An ARN, or `*` if the call names none. */
  readonly resource: string;
  /** Condition keys. */
  readonly context: Readonly<Record<string, string>>;
}

/** A call, and the tags, by id or ARN, that existing resources had which it names, or whose association it names. */
export interface TaggedCall extends Call {
  readonly tags?: Readonly<Record<string, Tags>>;
}

/** What earlier calls tell of later ones. */
export interface Known {
  /** Name of the role of each instance profile. */
  readonly roles: Readonly<Record<string, string>>;
  /** Permissions boundary of each role. */
  readonly boundaries: Readonly<Record<string, string>>;
}

/** Calls that need no permission. */
const free = new Set(["sts:GetCallerIdentity", "sts:GetSessionToken"]);

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** What the calls tell of roles and profiles. */
export function knownFrom(calls: readonly Call[]): Known {
  const of = (wanted: string) =>
    calls.flatMap(({ service, action, parameters }) => (`${service}:${action}` === wanted ? [parameters] : []));
  const pairs = (wanted: string, key: string, value: string) =>
    Object.fromEntries(of(wanted).map((it) => [text(it[key]), text(it[value])]));
  return {
    roles: pairs("iam:AddRoleToInstanceProfile", "InstanceProfileName", "RoleName"),
    boundaries: pairs("iam:CreateRole", "RoleName", "PermissionsBoundary"),
  };
}

const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** A role that a call passes to a service. */
function passedRole({ service, action, parameters }: Call, { roles }: Known): PermissionRequest[] {
  const pass = (resource: string, to: string): PermissionRequest[] =>
    resource === ""
      ? []
      : [{ action: "iam:PassRole", resource, context: { "iam:PassedToService": `${to}.amazonaws.com` } }];
  const profile = text(parameters["IamInstanceProfile.Name"]);
  switch (`${service}:${action}`) {
    case "ec2:RunInstances":
      return pass(profile === "" ? "" : roleArn(roles[profile] ?? profile), "ec2");
    case "iam:AddRoleToInstanceProfile":
      return pass(roleArn(text(parameters.RoleName)), "ec2");
    case "ec2:CreateFlowLogs":
      return pass(text(parameters.DeliverLogsPermissionArn), "vpc-flow-logs");
    case "dlm:CreateLifecyclePolicy":
      return pass(text(parameters.ExecutionRoleArn), "dlm");
    default:
      return [];
  }
}

async function ec2Requests(call: TaggedCall): Promise<PermissionRequest[]> {
  const action = `ec2:${call.action}`;
  const requested = tagContext("RequestTag", tagsOfCall(call));
  const [facts] = await actionFacts([action]);
  const types = new Set(facts?.resources.map(({ type }) => type));
  const ids = new Set([...idsOf(call), ...Object.keys(call.tags ?? {})]);
  const named = [...ids].flatMap((id): PermissionRequest[] => {
    const type = typeOf(id) ?? "";
    const context = { ...requested, ...tagContext("ResourceTag", call.tags?.[id]) };
    return types.has(type) ? [{ action, resource: ec2Arn(type, id), context }] : [];
  });
  const made = madeTypes(call).flatMap((type): PermissionRequest[] => {
    const tags = specifiedTags(call.parameters, type);
    const resource = ec2Arn(type, "*");
    const context = tagContext("RequestTag", tags);
    const tagging = { action: "ec2:CreateTags", resource, context: { ...context, "ec2:CreateAction": call.action } };
    return [{ action, resource, context }, ...(tags === undefined ? [] : [tagging])];
  });
  const all = [...named, ...made];
  return all.length === 0 ? [{ action, resource: "*", context: requested }] : all;
}

/** Services in which tagging while something is made has another name than TagResource. */
const tagging: Readonly<Record<string, (action: string) => string>> = {
  iam: (action) => (action.includes("InstanceProfile") ? "TagInstanceProfile" : "TagRole"),
  s3: (action) => (action === "PutObject" ? "PutObjectTagging" : "TagResource"),
  ssm: () => "AddTagsToResource",
};

/** What an action makes that has only an id. */
const madeById: Readonly<Record<string, string>> = {
  "dlm:CreateLifecyclePolicy": `arn:aws:dlm:${region}:${account}:policy/*`,
  "kms:CreateKey": `arn:aws:kms:${region}:${account}:key/*`,
};

/** The permissions boundary that a role has, or gets. */
function boundaryContext({ service, parameters }: Call, { boundaries }: Known): Tags {
  if (service !== "iam") return {};
  const boundary = text(parameters.PermissionsBoundary) || boundaries[text(parameters.RoleName)];
  return boundary === undefined || boundary === "" ? {} : { "iam:PermissionsBoundary": boundary };
}

function contextOf(call: Call, known: Known): Tags {
  const namespace = text(call.parameters.Namespace);
  return {
    ...tagContext("RequestTag", tagsOfCall(call)),
    ...boundaryContext(call, known),
    ...(call.service === "cloudwatch" && namespace !== "" ? { "cloudwatch:namespace": namespace } : {}),
  };
}

/** The instances that a command is sent to. */
function commandTargets(call: TaggedCall): PermissionRequest[] {
  const ids = call.service === "ssm" && call.action === "SendCommand" ? call.parameters.InstanceIds : [];
  return (ids as readonly string[]).map((id) => ({
    action: "ssm:SendCommand",
    resource: ec2Arn("instance", id),
    context: tagContext("ResourceTag", call.tags?.[id]),
  }));
}

function namedRequests(call: TaggedCall, known: Known): PermissionRequest[] {
  const { service, action, parameters } = call;
  const whole = `${service}:${action}`;
  const context = contextOf(call, known);
  const found = namedResources(call);
  const on = (resource: string) => ({ ...context, ...tagContext("ResourceTag", call.tags?.[resource]) });
  const requests = (found.length === 0 ? ["*"] : found).map((resource) => ({
    action: whole,
    resource,
    context: on(resource),
  }));
  const isMade = /^(Create|Put)/.test(action) && Object.keys(tagsOfCall({ parameters })).length > 0;
  const made = madeById[whole] === undefined ? found : [madeById[whole]];
  const name = `${service}:${tagging[service]?.(action) ?? "TagResource"}`;
  const tagged = isMade ? made.map((resource) => ({ action: name, resource, context })) : [];
  return [...requests, ...tagged, ...commandTargets(call)];
}

/** What AWS asks IAM for a call. */
export async function permissionRequests(
  call: TaggedCall,
  known: Known = { roles: {}, boundaries: {} },
): Promise<PermissionRequest[]> {
  if (free.has(`${call.service}:${call.action}`)) return [];
  const own = call.service === "ec2" ? await ec2Requests(call) : namedRequests(call, known);
  return [...own, ...passedRole(call, known)];
}

const onRepository = (actions: readonly string[]) => (repository: string) =>
  actions.map((action): PermissionRequest => ({
    action: `ecr:${action}`,
    resource: `arn:aws:ecr:${region}:${account}:repository/${repository}`,
    context: {},
  }));

const pulls = ["BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"];

/** What a pull of an image by a host asks of ECR, besides the token: the registry stands in for these calls. */
export const pullRequests = onRepository(pulls);

/** The same for a push by the deployer's engine. */
export const pushRequests = onRepository([
  ...pulls,
  ...["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"],
]);
