/** The settings of an EC2 host: name, type, default, allowed values, description. */
import { closest, distance } from "fastest-levenshtein";

import { type Definition, booleanSetting, matching, oneOf, range } from "../definition";
import { registrySchema } from "../registry/schema";
import { vpcCidrProblem } from "./cidr";
import { egressProblem } from "./egress";
import { findInstanceType, instanceTypesDate } from "./instance-types";
import { noProxyProblem, proxyProblem } from "./proxy";
import { regions, regionsDate } from "./regions";
import { sessionArnsProblem } from "./session-arns";
import { tagsProblem } from "./tags";

/** The retention periods that CloudWatch offers, in days. */
// prettier-ignore
const logDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

function emailsProblem(addresses: readonly string[]): string | undefined {
  const invalid = addresses.filter(
    (text) => text.length > 254 || !/^[\w.!#$%&*+/=?^`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text),
  );
  if (invalid.length > 0) return `must be a list of e-mail addresses; invalid: ${invalid.join(", ")}`;
  const repeated = addresses.filter((text, index) => addresses.indexOf(text) < index);
  return repeated.length > 0 ? `must name each address once; repeated: ${repeated.join(", ")}` : undefined;
}

/** Names of regions in AWS's other partitions. */
const otherPartition = /^(us-gov|cn|us-iso[a-z]?|eu-isoe|eusc)-/;

function regionProblem(value: string): string | undefined {
  if (regions.includes(value)) return undefined;
  if (otherPartition.test(value)) {
    return "is in another partition (GovCloud, China and the like), where this project does not work: it must be one of AWS's public regions";
  }
  const near = closest(value, regions);
  const hint = distance(value, near) <= 2 ? `did you mean ${near}?` : `known are ${regions.join(", ")}`;
  return `must be one of AWS's public regions (as of ${regionsDate}); ${hint}`;
}

/** The settings by name. `aws:region` belongs to the AWS provider; all others are in the namespace `linnix`. */
export const ec2Schema = {
  "aws:region": {
    type: "string",
    // Without `hosts`: it is the AWS provider's setting, so a local stack may have it.
    description:
      "AWS region of the stack. Required if host is ec2; a local stack ignores it. The AWS provider reads it too.",
    allowed: `one of AWS's public regions (as of ${regionsDate})`,
    example: "us-east-1",
    problem: regionProblem,
  },
  ...registrySchema,
  system: {
    type: "string",
    default: "al2023",
    hosts: ["ec2"],
    description: "The host's operating system: al2023 (Amazon Linux 2023, kernel 6.12) or debian13 (Debian 13).",
    example: "al2023",
    ...oneOf("al2023", "debian13"),
  },
  instanceType: {
    type: "string",
    default: "t3.large",
    hosts: ["ec2"],
    description:
      "The host's EC2 instance type. It determines the architecture that the images are built for. The two services and the system need 6 GB of memory.",
    allowed: `a size of the general, compute or memory families without local disks (as of ${instanceTypesDate})`,
    example: "t3.large",
    problem: (value) => {
      const found = findInstanceType(value);
      return "problem" in found ? found.problem : undefined;
    },
  },
  machineImage: {
    type: "string",
    default: "pinned",
    hosts: ["ec2"],
    description:
      "The machine image: pinned (the system's newest when the host is created, kept from then on), newest (a newer image replaces the host), or an image's id.",
    example: "pinned",
    ...matching(/^(pinned|newest|ami-([0-9a-f]{8}|[0-9a-f]{17}))$/, "pinned, newest, or an image's id (ami-…)"),
  },
  vpcCidr: {
    type: "string",
    default: "10.42.0.0/24",
    hosts: ["ec2"],
    description: "Address range of the VPC that the stack creates.",
    allowed: "a private IPv4 range (RFC 1918) of 16 to 26 bits",
    example: "10.42.0.0/24",
    problem: vpcCidrProblem,
  },
  vpcId: {
    type: "string",
    hosts: ["ec2"],
    description: "An existing VPC to use instead of creating one. Requires subnetId.",
    example: "vpc-0123456789abcdef0",
    whenUnset: "none: the stack creates a VPC",
    ...matching(/^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/, "a VPC's id: vpc- and 17 (or 8) hexadecimal digits"),
  },
  subnetId: {
    type: "string",
    hosts: ["ec2"],
    description: "The subnet of the VPC vpcId that the host is created in. Requires vpcId.",
    example: "subnet-0123456789abcdef0",
    whenUnset: "none: the stack creates a subnet",
    ...matching(/^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/, "a subnet's id: subnet- and 17 (or 8) hexadecimal digits"),
  },
  private: {
    ...booleanSetting,
    default: false,
    hosts: ["ec2"],
    description:
      "Gives the host no public address. A VPC that the stack creates then reaches AWS services through interface endpoints, which are billed by the hour, and nothing else: the model must be in S3, and images in ECR of the region. An existing VPC may have a NAT gateway.",
  },
  egress: {
    type: "array",
    hosts: ["ec2"],
    description:
      "Destinations that the host may reach in addition to HTTPS, such as time servers of your own: a list, or text separated by commas. Each is an IPv4 address or range with a port, TCP unless it ends with /udp.",
    allowed: "a list of destinations: ADDRESS[/BITS]:PORT[/udp]",
    example: "10.0.0.5:3128,10.0.0.0/24:123/udp",
    whenUnset: "none; name and time servers in the DHCP options of an existing VPC are always reachable",
    problem: egressProblem,
  },
  proxy: {
    type: "string",
    hosts: ["ec2"],
    elsewhere: "a local stack uses the proxies of your shell (HTTPS_PROXY) and of its Docker engine",
    description:
      "HTTP proxy through which the host reaches AWS, its registries and the model; without user name and password. The security group allows its port.",
    allowed: "http://NAME:PORT",
    example: "http://proxy.corp.example:3128",
    whenUnset: "none: the host reaches everything directly",
    problem: proxyProblem,
  },
  noProxy: {
    type: "array",
    hosts: ["ec2"],
    description:
      "What the host reaches without the proxy: names, IPv4 addresses, and domains that begin with a dot, such as those of your VPC's endpoints. A list, or text separated by commas.",
    allowed: "a list of names, IPv4 addresses and domains",
    example: ".eu-west-1.amazonaws.com,registry.corp.example",
    whenUnset:
      "instance metadata, the host itself and, with private in a VPC of the stack's own, AWS's endpoints, which are always reached directly",
    problem: noProxyProblem,
  },
  rootGiB: {
    type: "integer",
    default: 20,
    hosts: ["ec2"],
    description: "Size of the root volume in GiB: system, images and swap. It can grow, never shrink.",
    example: "20",
    // 8 GiB is the size of both systems' machine images.
    ...range(8, 16384, "a whole number of GiB"),
  },
  dataGiB: {
    type: "integer",
    default: 20,
    hosts: ["ec2"],
    description:
      "Size of the data volume in GiB: model and incidents; 8 or more for upstream's model. It can grow, never shrink.",
    example: "20",
    ...range(1, 16384, "a whole number of GiB"),
  },
  dataVolume: {
    type: "string",
    hosts: ["ec2"],
    description:
      "An existing volume that becomes the data volume: one that an earlier stack left, or one made from a snapshot. The subnet that the stack creates is then in the volume's zone. Keep the setting as long as the stack uses the volume.",
    example: "vol-0123456789abcdef0",
    whenUnset: "none: the stack creates a volume",
    ...matching(/^vol-([0-9a-f]{8}|[0-9a-f]{17})$/, "a volume's id: vol- and 17 (or 8) hexadecimal digits"),
  },
  swapMiB: {
    type: "integer",
    default: 2048,
    hosts: ["ec2"],
    description: "Size of the swap file on the root volume in MiB; 0 for none.",
    example: "2048",
    ...range(0, 8192, "a whole number of MiB"),
  },
  protect: {
    ...booleanSetting,
    default: false,
    hosts: ["ec2"],
    description:
      "Turns on termination protection of the host. Data volume, repositories and logs are kept when the stack is destroyed.",
  },
  logDays: {
    type: "integer",
    default: 30,
    hosts: ["ec2"],
    description: "Days that logs are kept; one of the retention periods that CloudWatch offers.",
    allowed: `one of ${logDays.join(", ")}`,
    example: "30",
    problem: (value) => (logDays.includes(value) ? undefined : `must be one of CloudWatch's ${logDays.join(", ")}`),
  },
  flowLogs: {
    ...booleanSetting,
    default: false,
    hosts: ["ec2"],
    description: "Logs the connections of the stack's network.",
  },
  alarmEmails: {
    type: "array",
    hosts: ["ec2"],
    description: "E-mail addresses that receive alarms: a list, or text separated by commas.",
    allowed: "a list of e-mail addresses",
    example: "me@example.com,you@example.com",
    whenUnset: "none: nobody is notified",
    problem: emailsProblem,
  },
  snapshotDays: {
    type: "integer",
    default: 0,
    hosts: ["ec2"],
    description: "Days that daily snapshots of the data volume are kept; 0 for no snapshots.",
    example: "14",
    ...range(0, 365, "a whole number of days"),
  },
  permissionsBoundary: {
    type: "string",
    hosts: ["ec2"],
    description: "ARN of the IAM policy that is the permissions boundary of the stack's roles.",
    example: "arn:aws:iam::123456789012:policy/boundary",
    ...matching(
      /^arn:aws:iam::(\d{12}|aws):policy\/[A-Za-z0-9_+=,.@/-]{1,512}$/,
      "the ARN of an IAM policy: arn:aws:iam::<12 digits>:policy/<name>",
    ),
  },
  sessionArns: {
    type: "array",
    hosts: ["ec2"],
    description:
      "What the account's preferences of Session Manager name: the KMS key that encrypts sessions, and the log group and the bucket that record them, by ARN. The host's role may then use them; without it, sessions in such an account do not start. A list, or text separated by commas.",
    allowed: "a list of ARNs of KMS keys, log groups and buckets",
    example: "arn:aws:s3:::my-sessions",
    whenUnset: "none: for an account whose preferences neither encrypt nor log sessions",
    problem: sessionArnsProblem,
  },
  customerKey: {
    ...booleanSetting,
    default: false,
    hosts: ["ec2"],
    description:
      "Creates a KMS key for volumes, repositories, logs and parameters, rotated yearly. Otherwise they are encrypted with AWS's own keys.",
  },
  owner: {
    type: "string",
    default: "linnix",
    hosts: ["ec2"],
    description: "Value of the tag Owner on every AWS resource.",
    example: "platform-team",
    ...matching(
      /^(?!aws:)[A-Za-z0-9][A-Za-z0-9 _.:/=+@-]{0,127}$/i,
      "1 to 128 letters, digits, spaces or _.:/=+-@, not beginning with aws:",
    ),
  },
  tags: {
    type: "object",
    hosts: ["ec2"],
    description: "Additional tags for every AWS resource: a map from names to values.",
    allowed: "a map of at most 40 tags, from names to text",
    example: `'{"Team": "platform"}'`,
    problem: tagsProblem,
  },
} as const satisfies Record<string, Definition>;
