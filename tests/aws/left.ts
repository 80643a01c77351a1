import * as fs from "node:fs";

import { region } from "../host/world/addresses";
import type { Box } from "./box";

/** A list: an action of the query protocol, or of the JSON protocol with its prefix. */
type List = readonly [service: string, action: string, parameters?: Readonly<Record<string, string>>];

/** Lists of everything that a stack makes. */
const lists: readonly List[] = [
  ["ec2", "DescribeVpcs"],
  ["ec2", "DescribeSubnets"],
  ["ec2", "DescribeRouteTables"],
  ["ec2", "DescribeInternetGateways"],
  ["ec2", "DescribeSecurityGroups"],
  ["ec2", "DescribeVpcEndpoints"],
  ["ec2", "DescribeFlowLogs"],
  ["ec2", "DescribeVolumes"],
  // An instance is listed for a while after its end, on AWS, too.
  [
    "ec2",
    "DescribeInstances",
    { "Filter.1.Name": "instance-state-name", "Filter.1.Value.1": "running", "Filter.1.Value.2": "stopped" },
  ],
  ["iam", "ListRoles"],
  ["iam", "ListInstanceProfiles"],
  ["sns", "ListTopics"],
  ["monitoring", "DescribeAlarms"],
  ["monitoring", "ListDashboards"],
  ["logs", "Logs_20140328.DescribeLogGroups"],
  ["ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"],
  ["kms", "TrentService.ListAliases"],
  ["ssm", "AmazonSSM.DescribeParameters"],
  ["s3", ""],
];

const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`;

async function ask(emulator: string, service: string, headers: Record<string, string>, body?: string): Promise<string> {
  const method = body === undefined ? "GET" : "POST";
  const Authorization = authorization(service);
  const response = await fetch(emulator, { method, headers: { Authorization, ...headers }, body: body ?? null });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${body ?? ""}: ${response.status} ${text}`);
  return text;
}

/** Calls an action of the emulator itself, as somebody at the console would; returns the answer's XML. */
export function aws(
  { emulator }: Pick<Box, "emulator">,
  service: keyof typeof versions,
  action: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const body = new URLSearchParams({ Action: action, Version: versions[service], ...parameters }).toString();
  return ask(emulator, service, { "Content-Type": "application/x-www-form-urlencoded" }, body);
}

/** Versions of the APIs with the query protocol. */
const versions = { ec2: "2016-11-15", iam: "2010-05-08", sns: "2010-03-31", monitoring: "2010-08-01" } as const;

function list(box: Box, [service, action, filter = {}]: List): Promise<string> {
  if (service === "s3") return ask(box.emulator, service, {});
  if (service in versions) return aws(box, service as keyof typeof versions, action, filter);
  const headers = { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": action };
  return ask(box.emulator, service, headers, "{}");
}

/** The names of a stack in the API's lists and in the registry; asked of the emulator itself. */
export async function leftIn(box: Box, stack: string): Promise<string[]> {
  const name = new RegExp(`(linnix-${stack}[-/]|/linnix/${stack}/)[\\w./-]*`, "g");
  const found = new Set<string>();
  for (const one of lists) for (const [text] of (await list(box, one)).matchAll(name)) found.add(`${one[0]}: ${text}`);
  const { repositories } = box.world.registry;
  const folder = `${repositories}/linnix-${stack}`;
  const stored = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return [...found, ...stored.map((it) => `registry: ${it}`)].sort();
}
