import * as fs from "node:fs";

import { region } from "../host/world/addresses";
import type { Box } from "./box";

/** Lists of everything that a stack makes, by service: actions of the query protocol, or of the JSON protocol with a dot. */
const lists: readonly (readonly [service: string, action: string, version?: string])[] = [
  ["ec2", "DescribeVpcs", "2016-11-15"],
  ["ec2", "DescribeSubnets", "2016-11-15"],
  ["ec2", "DescribeRouteTables", "2016-11-15"],
  ["ec2", "DescribeInternetGateways", "2016-11-15"],
  ["ec2", "DescribeSecurityGroups", "2016-11-15"],
  ["ec2", "DescribeVpcEndpoints", "2016-11-15"],
  ["ec2", "DescribeFlowLogs", "2016-11-15"],
  ["ec2", "DescribeVolumes", "2016-11-15"],
  // An instance is listed for a while after its end, on AWS, too.
  ["ec2", "DescribeInstances&Filter.1.Name=instance-state-code&Filter.1.Value.1=16&Filter.1.Value.2=80", "2016-11-15"],
  ["iam", "ListRoles", "2010-05-08"],
  ["iam", "ListInstanceProfiles", "2010-05-08"],
  ["sns", "ListTopics", "2010-03-31"],
  ["monitoring", "DescribeAlarms", "2010-08-01"],
  ["monitoring", "ListDashboards", "2010-08-01"],
  ["logs", "Logs_20140328.DescribeLogGroups"],
  ["ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"],
  ["kms", "TrentService.ListAliases"],
  ["ssm", "AmazonSSM.DescribeParameters"],
  ["s3", ""],
];

async function list(emulator: string, [service, action, version]: (typeof lists)[number]): Promise<string> {
  const Authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`;
  const [type, body] =
    version === undefined
      ? ["application/x-amz-json-1.1", "{}"]
      : ["application/x-www-form-urlencoded", `Action=${action}&Version=${version}`];
  const target = version === undefined ? { "X-Amz-Target": action } : {};
  const response =
    service === "s3"
      ? await fetch(emulator, { headers: { Authorization } })
      : await fetch(emulator, { method: "POST", headers: { Authorization, "Content-Type": type, ...target }, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${action}: ${response.status} ${text}`);
  return text;
}

/** The names of a stack in the API's lists and in the registry; asked of the emulator itself. */
export async function leftIn({ emulator, world }: Box, stack: string): Promise<string[]> {
  const name = new RegExp(`(linnix-${stack}[-/]|/linnix/${stack}/)[\\w./-]*`, "g");
  const found = new Set<string>();
  for (const one of lists)
    for (const [text] of (await list(emulator, one)).matchAll(name)) found.add(`${one[0]}: ${text}`);
  const { repositories } = world.registry;
  const folder = `${repositories}/linnix-${stack}`;
  const stored = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return [...found, ...stored.map((it) => `registry: ${it}`)].sort();
}
