/** The settings of an EC2 host: name, type, default, what is allowed. */
import { closest } from "fastest-levenshtein";

import { refuseVpcCidr } from "./cidr";
import { type Definition, type Value, matching, oneOf, range, shown, truth } from "./definition";
import { findInstanceType } from "./instance-types";
import { regions } from "./regions";

/** The numbers of days that CloudWatch can keep logs. */
const logDays = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

/** A registry's address without scheme. A name without dot or port would be taken for a user of docker.io. */
const registryAddress = /^[a-z0-9]([a-z0-9.-]*\.[a-z0-9-]*[a-z0-9](:\d+)?|[a-z0-9-]*:\d+)(\/[a-z0-9][a-z0-9._-]*)*$/;

const imageReference = /^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/;

function refuseRegistry(value: Value): string | undefined {
  const text = shown(value);
  if (/^(auto|none|ecr)$/.test(text) || registryAddress.test(text)) return undefined;
  return "must be auto, none, ecr, or a registry's address without scheme, such as ghcr.io/my-org, in lower case";
}

function refuseImages(value: Value): string | undefined {
  const { cognitod, llama, architecture = "amd64", ...others } = value as Record<string, unknown>;
  if (Object.keys(others).length > 0) {
    return `has unknown entries ${Object.keys(others).join(", ")}; known are cognitod, llama, architecture`;
  }
  const wrong = Object.entries({ cognitod, llama }).filter(([, it]) => !imageReference.test(String(it)));
  if (wrong.length > 0) {
    const names = wrong.map(([name]) => name).join(" and ");
    return `must name both images as repository@sha256:<64 hexadecimal digits>; not so: ${names}`;
  }
  return /^(amd64|arm64)$/.test(String(architecture)) ? undefined : "must have amd64 or arm64 as its architecture";
}

function refuseEmails(value: Value): string | undefined {
  const addresses = value as readonly string[];
  const wrong = addresses.filter((it) => !/^[^\s@,"'<>]+@[^\s@.,]+(\.[^\s@.,]+)+$/.test(it));
  if (wrong.length > 0) return `must hold e-mail addresses; not so: ${wrong.join(", ")}`;
  const twice = addresses.filter((it, index) => addresses.indexOf(it) < index);
  return twice.length > 0 ? `names an address twice: ${twice.join(", ")}` : undefined;
}

/** Those that the project sets itself; AWS tells tags apart by case, people don't. */
const ownTags = /^(project|stack|owner|name|linnixdata)$/i;

function refuseTags(value: Value): string | undefined {
  const entries = Object.entries(value as Record<string, unknown>);
  if (entries.length > 40) return `has ${entries.length} tags; 40 fit beside the project's own`;
  const bad = (what: string, test: (name: string, text: unknown) => boolean) => {
    const found = entries.filter(([name, text]) => test(name, text)).map(([name]) => name);
    return found.length > 0 ? `${what}: ${found.join(", ")}` : undefined;
  };
  return (
    bad("must leave names that begin with aws: to AWS", (name) => /^aws:/i.test(name)) ??
    bad("must leave Project, Stack, Owner (linnix:owner sets it), Name and LinnixData to the project", (name) =>
      ownTags.test(name),
    ) ??
    bad("must have names of 1 to 128 letters, digits, spaces or _.:/=+-@", (name) => !tagText(name, 1, 128)) ??
    bad("must have text of up to 256 such characters as values", (_, text) => !tagText(text, 0, 256))
  );
}

const tagText = (text: unknown, least: number, most: number) =>
  typeof text === "string" && text.length >= least && text.length <= most && /^[\p{L}\p{N} _.:/=+@-]*$/u.test(text);

/** The settings by name. `aws:region` is the AWS provider's own, and the one that isn't under `linnix:`. */
export const ec2Schema = {
  "aws:region": {
    type: "string",
    example: "us-east-1",
    allowed: "one of AWS's public regions",
    refuse: (value) =>
      regions.includes(shown(value))
        ? undefined
        : `must be one of AWS's public regions; did you mean ${closest(shown(value), regions)}?`,
  },
  registry: {
    type: "string",
    default: "auto",
    ec2Only: true,
    example: "ecr",
    allowed: "auto, none, ecr, or a registry's address",
    refuse: refuseRegistry,
  },
  registryUser: {
    type: "string",
    ec2Only: true,
    example: "my-user",
    ...matching(/^[A-Za-z0-9][A-Za-z0-9._@+$-]{0,127}$/, "a user's name of up to 128 letters, digits or ._@+$-"),
  },
  registryPassword: {
    type: "string",
    secret: true,
    ec2Only: true,
    example: "",
    ...matching(/^[!-~]{1,4000}$/, "1 to 4000 printable characters without spaces"),
  },
  builder: {
    type: "string",
    default: "default",
    ec2Only: true,
    example: "ci",
    ...matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "a buildx builder's name, as `docker buildx ls` shows it"),
  },
  images: {
    type: "object",
    ec2Only: true,
    example: `'{"cognitod": "REPOSITORY@sha256:DIGEST", "llama": "REPOSITORY@sha256:DIGEST"}'`,
    allowed: "cognitod and llama as repository@sha256:<64 hexadecimal digits>, and architecture, amd64 or arm64",
    refuse: refuseImages,
  },
  system: { type: "string", default: "al2023", ec2Only: true, example: "al2023", ...oneOf("al2023", "debian13") },
  instanceType: {
    type: "string",
    default: "t3.large",
    ec2Only: true,
    example: "t3.large",
    allowed: "an EC2 instance type",
    refuse: (value) => {
      const found = findInstanceType(shown(value));
      return "problem" in found ? found.problem : undefined;
    },
  },
  machineImage: {
    type: "string",
    default: "pinned",
    ec2Only: true,
    example: "pinned",
    ...matching(/^(pinned|newest|ami-([0-9a-f]{8}|[0-9a-f]{17}))$/, "pinned, newest, or an image's id (ami-…)"),
  },
  vpcCidr: {
    type: "string",
    default: "10.42.0.0/24",
    ec2Only: true,
    example: "10.42.0.0/24",
    allowed: "a private IPv4 range of 16 to 26 bits",
    refuse: (value) => refuseVpcCidr(shown(value)),
  },
  vpcId: {
    type: "string",
    ec2Only: true,
    example: "vpc-0123456789abcdef0",
    ...matching(/^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/, "a VPC's id: vpc- and 17 (or 8) hexadecimal digits"),
  },
  subnetId: {
    type: "string",
    ec2Only: true,
    example: "subnet-0123456789abcdef0",
    ...matching(/^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/, "a subnet's id: subnet- and 17 (or 8) hexadecimal digits"),
  },
  private: { ...truth, default: false, ec2Only: true },
  // 8 GiB is the size of both systems' machine images.
  rootGiB: { type: "integer", default: 20, ec2Only: true, example: "20", ...range(8, 16384, "a whole number of GiB") },
  dataGiB: { type: "integer", default: 20, ec2Only: true, example: "20", ...range(1, 16384, "a whole number of GiB") },
  swapMiB: {
    type: "integer",
    default: 2048,
    ec2Only: true,
    example: "2048",
    ...range(0, 8192, "a whole number of MiB"),
  },
  protect: { ...truth, default: false, ec2Only: true },
  logDays: {
    type: "integer",
    default: 30,
    ec2Only: true,
    example: "30",
    allowed: `one of ${logDays.join(", ")}`,
    refuse: (value) =>
      logDays.includes(Number(value)) ? undefined : `must be one of CloudWatch's ${logDays.join(", ")}`,
  },
  flowLogs: { ...truth, default: false, ec2Only: true },
  alarmEmails: {
    type: "array",
    ec2Only: true,
    example: "me@example.com,you@example.com",
    allowed: "a list of e-mail addresses",
    refuse: refuseEmails,
  },
  snapshotDays: {
    type: "integer",
    default: 0,
    ec2Only: true,
    example: "14",
    ...range(0, 365, "a whole number of days"),
  },
  permissionsBoundary: {
    type: "string",
    ec2Only: true,
    example: "arn:aws:iam::123456789012:policy/boundary",
    ...matching(
      /^arn:aws:iam::(\d{12}|aws):policy\/[A-Za-z0-9_+=,.@/-]{1,512}$/,
      "the ARN of an IAM policy: arn:aws:iam::<12 digits>:policy/<name>",
    ),
  },
  customerKey: { ...truth, default: false, ec2Only: true },
  owner: {
    type: "string",
    default: "linnix",
    ec2Only: true,
    example: "platform-team",
    ...matching(/^[A-Za-z0-9][A-Za-z0-9 _.:/=+@-]{0,127}$/, "1 to 128 letters, digits, spaces or _.:/=+-@"),
  },
  tags: {
    type: "object",
    ec2Only: true,
    example: `'{"Team": "platform"}'`,
    allowed: "a map of at most 40 tags",
    refuse: refuseTags,
  },
  slackWebhook: {
    type: "string",
    secret: true,
    ec2Only: true,
    example: "https://hooks.slack.com/services/…",
    ...matching(/^https:\/\/hooks\.slack\.com\/[A-Za-z0-9/_-]{8,256}$/, "an address under https://hooks.slack.com/"),
  },
} as const satisfies Record<string, Definition>;
