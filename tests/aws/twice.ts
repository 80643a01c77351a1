import type { Box } from "./box";
import { aws, leftIn } from "./left";

/** What Terraform puts behind a name's prefix: a time and a number. */
const suffix = /\d{17,}[0-9a-f]*$/;

/** The names of what EC2 has of a stack, by its tags. */
async function namesInEc2(box: Box, stack: string): Promise<string[]> {
  const filter = { "Filter.1.Name": "tag:Stack", "Filter.1.Value.1": stack };
  const tags = await aws(box, "ec2", "DescribeTags", { "Filter.1.Name": "key", "Filter.1.Value.1": "Name" });
  const own = await aws(box, "ec2", "DescribeTags", { "Filter.1.Name": "key", "Filter.1.Value.1": "Stack" });
  const ended = await aws(box, "ec2", "DescribeInstances", {
    ...filter,
    ...{ "Filter.2.Name": "instance-state-name", "Filter.2.Value.1": "terminated" },
  });
  // The emulator keeps the tags of a volume that ended with its instance.
  const volumes = await aws(box, "ec2", "DescribeVolumes", {});
  return itemsIn(tags)
    .filter((it) => itemsIn(own).some(({ id, value }) => id === it.id && value === stack))
    .filter(({ id }) => !ended.includes(`<instanceId>${id}<`))
    .filter(({ id, type }) => type !== "volume" || volumes.includes(`<volumeId>${id}<`))
    .map(({ type, value }) => `${type}: ${value}`);
}

/** The tags in an answer of DescribeTags. */
function itemsIn(xml: string): { readonly id: string; readonly type: string; readonly value: string }[] {
  return [...xml.matchAll(/<item>[\s\S]*?<\/item>/g)].map(([item]) => {
    const of = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(item)?.[1] ?? "";
    return { id: of("resourceId"), type: of("resourceType"), value: of("value") };
  });
}

/** The names of roles, instance profiles and buckets, without what is behind their prefix. */
async function prefixedNames(box: Box, stack: string): Promise<string[]> {
  const of = (xml: string, element: string) =>
    [...xml.matchAll(new RegExp(`<${element}>(linnix-${stack}-[^<]*)<`, "g"))].map(([, name = ""]) => name);
  const profiles = of(await aws(box, "iam", "ListInstanceProfiles", {}), "InstanceProfileName");
  const roles = of(await aws(box, "iam", "ListRoles", {}), "RoleName");
  const buckets = (await leftIn(box, stack)).filter((it) => it.startsWith("s3: "));
  const named = [...profiles.map((it) => `profile: ${it}`), ...roles.map((it) => `role: ${it}`), ...buckets];
  return named.map((it) => it.replace(suffix, ""));
}

/** What the API has more than once under one name of a stack, one line each. */
export async function twiceIn(box: Box, stack: string): Promise<string[]> {
  const all = [...(await namesInEc2(box, stack)), ...(await prefixedNames(box, stack))];
  return [...new Set(all.filter((it, index) => all.indexOf(it) !== index))].sort();
}
