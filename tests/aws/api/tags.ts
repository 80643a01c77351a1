/** The tags that the API has for what a call names: AWS compares them with the conditions of a policy. */
import { region } from "../../host/world/addresses";
import { idsOf } from "../permissions/ec2-resources";
import { namedResources } from "../permissions/named-resources";
import type { Tags } from "../permissions/tags";
import type { Call } from "./call";

type Lookup = (url: string, call: Call) => Promise<Record<string, Tags>>;

const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=tags/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`;

interface Question {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function ask(url: string, service: string, { headers, ...rest }: Question): Promise<string | undefined> {
  const response = await fetch(url, { ...rest, headers: { Authorization: authorization(service), ...headers } });
  // Something unknown has no tags.
  return response.ok ? await response.text() : undefined;
}

/** Calls an action of EC2 with filters; returns the answer's XML. */
async function askEc2(url: string, action: string, filter: string, values: readonly string[]): Promise<string> {
  const numbered = Object.fromEntries(values.map((value, index) => [`Filter.1.Value.${index + 1}`, value]));
  const form = { Action: action, Version: "2016-11-15", "Filter.1.Name": filter, ...numbered };
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams(form).toString();
  return (await ask(url, "ec2", { method: "POST", headers, body })) ?? "";
}

/** Of EC2's ids; asked of the emulator itself. */
export async function tagsOfIds(url: string, ids: readonly string[]): Promise<Record<string, Tags>> {
  if (ids.length === 0) return {};
  const tags: Record<string, Record<string, string>> = {};
  for (const [item] of (await askEc2(url, "DescribeTags", "resource-id", ids)).matchAll(/<item>[\s\S]*?<\/item>/g)) {
    const of = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(item)?.[1] ?? "";
    (tags[of("resourceId")] ??= {})[of("key")] = of("value");
  }
  return tags;
}

/** Of a route table whose association a call names. */
async function ofRouteTable(url: string, { parameters }: Call): Promise<Record<string, Tags>> {
  const association = String(parameters.AssociationId);
  const filter = "association.route-table-association-id";
  const tables = await askEc2(url, "DescribeRouteTables", filter, [association]);
  return tagsOfIds(
    url,
    [...tables.matchAll(/<routeTableId>(rtb-\w+)</g)].map(([, id = ""]) => id),
  );
}

/** Of keys, by their ARNs. */
async function ofKeys(url: string, arns: readonly string[]): Promise<Record<string, Tags>> {
  const keys = arns.filter((arn) => arn.includes(":key/"));
  const headers = { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListResourceTags" };
  const found = keys.map(async (arn) => {
    const body = JSON.stringify({ KeyId: arn.split("/").pop() });
    const text = await ask(url, "kms", { method: "POST", headers, body });
    const { Tags: list = [] } = JSON.parse(text ?? "{}") as { Tags?: { TagKey: string; TagValue: string }[] };
    return [arn, Object.fromEntries(list.map(({ TagKey, TagValue }) => [TagKey, TagValue]))] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** Of policies of Data Lifecycle Manager, by their ARNs. */
async function ofPolicies(url: string, arns: readonly string[]): Promise<Record<string, Tags>> {
  const found = arns.map(async (arn) => {
    const text = await ask(`${url}/tags/${encodeURIComponent(arn)}`, "dlm", { method: "GET" });
    return [arn, (JSON.parse(text ?? "{}") as { Tags?: Tags }).Tags ?? {}] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

const changes = (action: string): boolean => !/^(Describe|Get|List)/.test(action);

const lookups: Readonly<Record<string, Lookup>> = {
  ec2: (url, call) =>
    call.action === "DisassociateRouteTable"
      ? ofRouteTable(url, call)
      : tagsOfIds(url, changes(call.action) ? idsOf(call) : []),
  ssm: (url, { action, parameters }) =>
    tagsOfIds(url, action === "SendCommand" ? (parameters.InstanceIds as readonly string[]) : []),
  kms: (url, call) => ofKeys(url, changes(call.action) ? namedResources(call) : []),
  dlm: (url, call) => ofPolicies(url, namedResources(call)),
};

/** The tags of what a call names, by EC2's ids and by ARNs, before the call; asked of the emulator itself. */
export async function tagsBefore(emulator: string, call: Call): Promise<Record<string, Tags>> {
  const found = (await lookups[call.service]?.(emulator, call)) ?? {};
  return Object.fromEntries(Object.entries(found).filter(([, tags]) => Object.keys(tags).length > 0));
}
