/** The ARNs of what a call names, of services whose resources have names. Pure. */
import { account, region } from "../../host/world/addresses";
import type { Call } from "../api/call";

const regional = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;
const global = (service: string, rest: string): string => `arn:aws:${service}::${account}:${rest}`;

/** AWS's own parameters and documents belong to no account. */
function systemsManagerArn(type: "parameter" | "document", name: string): string {
  const isAwss = name.startsWith("/aws/") || name.startsWith("AWS-");
  const separator = name.startsWith("/") ? "" : "/";
  return `arn:aws:ssm:${region}:${isAwss ? "" : account}:${type}${separator}${name}`;
}

type Find = (parameter: string) => string;

function s3(of: Find): string[] {
  const [bucket, key] = [of("Bucket"), of("Key")];
  if (bucket === "") return [];
  return [key === "" ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`];
}

function iam(of: Find): string[] {
  const [profile, role] = [of("InstanceProfileName"), of("RoleName")];
  if (profile !== "") return [global("iam", `instance-profile/${profile}`)];
  return role === "" ? [] : [global("iam", `role/${role}`)];
}

function sns(action: string, of: Find): string[] {
  if (action === "CreateTopic") return [regional("sns", of("Name"))];
  // A subscription's ARN is its topic's and an id.
  const arn = of("TopicArn") || of("ResourceArn") || of("SubscriptionArn").replace(/:[^:]*$/, "");
  return arn === "" ? [] : [arn];
}

function ssm({ action, parameters }: Call, of: Find): string[] {
  if (action === "SendCommand") return [systemsManagerArn("document", of("DocumentName"))];
  const tagged = of("ResourceType").toLowerCase();
  if (tagged === "parameter" || tagged === "document") return [systemsManagerArn(tagged, of("ResourceId"))];
  const names = Array.isArray(parameters.Names) ? parameters.Names.map(String) : [of("Name")];
  const type = action.includes("Document") ? "document" : "parameter";
  return names.flatMap((name) => (name === "" ? [] : [systemsManagerArn(type, name)]));
}

function logs(of: Find): string[] {
  const [group, arn] = [of("logGroupName"), of("resourceArn")];
  if (arn !== "") return [arn];
  return group === "" ? [] : [regional("logs", `log-group:${group}`)];
}

function ecr({ parameters }: Call, of: Find): string[] {
  if (of("resourceArn") !== "") return [of("resourceArn")];
  const names = Array.isArray(parameters.repositoryNames) ? parameters.repositoryNames : [of("repositoryName")];
  return names.map(String).flatMap((name) => (name === "" ? [] : [regional("ecr", `repository/${name}`)]));
}

function cloudwatch({ parameters }: Call, of: Find): string[] {
  const all = (one: string, many: string): string[] =>
    [of(one), ...(Array.isArray(parameters[many]) ? parameters[many].map(String) : [])].filter((it) => it !== "");
  return [
    ...all("AlarmName", "AlarmNames").map((name) => regional("cloudwatch", `alarm:${name}`)),
    ...all("DashboardName", "DashboardNames").map((name) => global("cloudwatch", `dashboard/${name}`)),
    ...all("ResourceARN", ""),
  ];
}

/** A key by its id or ARN, and an alias. */
function kms(of: Find): string[] {
  const [alias, key] = [of("AliasName"), of("TargetKeyId") || of("KeyId")];
  const arn = (text: string) => (text.startsWith("arn:") ? text : regional("kms", `key/${text}`));
  return [...(alias === "" ? [] : [regional("kms", alias)]), ...(key === "" ? [] : [arn(key)])];
}

function dlm(of: Find): string[] {
  const [, kind, name = ""] = /^\/(policies|tags)\/?(.*)$/.exec(of("path")) ?? [];
  if (name === "") return [];
  return [kind === "tags" ? name : regional("dlm", `policy/${name.replace(/\/$/, "")}`)];
}

/** The ARNs of what a call names; empty if it names nothing, or its service has only ids. */
export function namedResources(call: Call): string[] {
  const of: Find = (name) => {
    const value = call.parameters[name];
    return typeof value === "string" ? value : "";
  };
  switch (call.service) {
    case "s3":
      return s3(of);
    case "iam":
      return iam(of);
    case "sns":
      return sns(call.action, of);
    case "ssm":
      return ssm(call, of);
    case "logs":
      return logs(of);
    case "ecr":
      return ecr(call, of);
    case "cloudwatch":
      return cloudwatch(call, of);
    case "kms":
      return kms(of);
    case "dlm":
      return dlm(of);
    default:
      return [];
  }
}
