/** What of an EC2 stack costs, by the types of its resources. Pure. */
import type { ShownResource } from "../render/graph";
import { instancePrice, pricedFamilies, prices, volumePrice } from "./prices";

/** One resource's part of a line, or that of all resources of its types together. */
export interface Charge {
  /** The quantity in words: `20 GiB gp3`. */
  readonly measure: string;
  readonly quantity: number;
  /** USD each. */
  readonly price: number;
}

/** What the price list has no price for. */
export interface Missing {
  /** The setting, or the kind of thing. */
  readonly key: string;
  readonly value: string;
  /** What has one. */
  readonly allowed: string;
}

/** A line of the bill. */
export interface Line {
  readonly title: string;
  /** The types of the resources that it charges for. */
  readonly types: readonly string[];
  /** The quantity depends on use, and is assumed. */
  readonly assumed?: boolean;
  /** Called with the stack's resources of these types; never with none. */
  readonly charges: (resources: readonly ShownResource[]) => readonly (Charge | Missing)[];
}

const { hoursPerMonth: hours, assumed } = prices;
const instance = "aws:ec2/instance:Instance";
const logGroup = "aws:cloudwatch/logGroup:LogGroup";
const flowLog = "aws:ec2/flowLog:FlowLog";
const parameter = "aws:ssm/parameter:Parameter";
const rollout = "pulumi-nodejs:dynamic/linnix:Rollout";

/** The metrics of an instance that EC2 charges for with detailed monitoring. */
const detailedMetrics = 7;
/** A larger parameter of the parameter store is an advanced one. */
const standardParameterBytes = 4096;
/** Stands for an image's digest, which is longer than the placeholder that a graph has for it. */
const exampleDigest = `sha256:${"0".repeat(64)}`;

type Inputs = ShownResource["inputs"];

/** A charge for a number of things; none for 0. */
function counted(count: number, thing: string, price: number, each = 1): Charge[] {
  return count === 0
    ? []
    : [{ measure: thing === "" ? `${count}` : `${count} ${thing}`, quantity: count * each, price }];
}

function machine({ instanceType }: Inputs): Charge | Missing {
  const name = String(instanceType);
  const price = instancePrice(name);
  if (price !== undefined) return { measure: `${name}, ${hours} hours`, quantity: hours, price };
  return { key: "linnix:instanceType", value: name, allowed: `types of the families ${pricedFamilies.join(", ")}` };
}

function volume(size: unknown, type: unknown): Charge | Missing {
  const name = String(type);
  const price = volumePrice(name);
  if (price !== undefined) return { measure: `${Number(size)} GiB ${name}`, quantity: Number(size), price };
  return { key: "volume type", value: name, allowed: Object.keys(prices.volumeGiBMonth).join(", ") };
}

/** Log data of a month, and how long the groups keep it. */
function keptLogs(resources: readonly ShownResource[]): Charge[] {
  const days = Math.max(...resources.map(({ inputs }) => Number(inputs.retentionInDays ?? 0)));
  const ingested = assumed.logsGB + (resources.some(({ type }) => type === flowLog) ? assumed.flowLogsGB : 0);
  const quantity = (ingested * assumed.keptLogsShare * days * 12) / 365;
  return [
    {
      measure: `${ingested} GB a month, ${assumed.keptLogsShare * 100} % when compressed, for ${days} days`,
      quantity,
      price: prices.keptLogsGBMonth,
    },
  ];
}

/** The desired state is a parameter that the rollout writes, so it is no resource of its own. */
function isAdvanced({ type, inputs }: ShownResource): boolean {
  if (type === parameter) return inputs.tier === "Advanced";
  const text = JSON.stringify(inputs.document ?? "").replace(/\[known after deployment: [^\]]*\]/g, exampleDigest);
  return Buffer.byteLength(text) > standardParameterBytes;
}

/** Every line, in the order of the bill. */
export const lines: readonly Line[] = [
  {
    title: "instance",
    types: [instance],
    charges: (all) => all.map(({ inputs }) => machine(inputs)),
  },
  {
    title: "root volume",
    types: [instance],
    charges: (all) =>
      all.map(({ inputs }) => {
        const { volumeSize, volumeType } = (inputs.rootBlockDevice ?? {}) as Inputs;
        return volume(volumeSize, volumeType);
      }),
  },
  {
    title: "data volume",
    types: ["aws:ebs/volume:Volume"],
    charges: (all) => all.map(({ inputs: { size, type } }) => volume(size, type)),
  },
  {
    title: "daily snapshots",
    types: ["aws:dlm/lifecyclePolicy:LifecyclePolicy"],
    assumed: true,
    charges: () => counted(assumed.snapshotGB, "GB", prices.snapshotGBMonth),
  },
  {
    title: "public IPv4 address",
    types: [instance],
    charges: (all) => {
      const count = all.filter(({ inputs }) => inputs.associatePublicIpAddress === true).length;
      return counted(count * hours, "hours", prices.publicIpv4Hour);
    },
  },
  {
    title: "interface endpoints",
    types: ["aws:ec2/vpcEndpoint:VpcEndpoint"],
    charges: (all) => {
      const zones = all
        .filter(({ inputs }) => inputs.vpcEndpointType === "Interface")
        .flatMap(({ inputs }) => inputs.subnetIds as readonly string[]);
      return counted(zones.length, `in a zone each, ${hours} hours`, prices.interfaceEndpointHour, hours);
    },
  },
  {
    title: "detailed monitoring",
    types: [instance],
    charges: (all) => {
      const count = all.filter(({ inputs }) => inputs.monitoring === true).length;
      return counted(count * detailedMetrics, "metrics", prices.metricMonth);
    },
  },
  {
    // The host puts them, so they are no resources: each has an alarm. AWS's own cost nothing.
    title: "the host's own metrics",
    types: ["aws:cloudwatch/metricAlarm:MetricAlarm"],
    charges: (all) => {
      const own = all.filter(({ inputs }) => !String(inputs.namespace).startsWith("AWS/"));
      return counted(new Set(own.map(({ inputs }) => inputs.metricName)).size, "metrics", prices.metricMonth);
    },
  },
  {
    title: "alarms",
    types: ["aws:cloudwatch/metricAlarm:MetricAlarm"],
    charges: (all) => counted(all.length, "", prices.alarmMonth),
  },
  {
    title: "dashboard",
    types: ["aws:cloudwatch/dashboard:Dashboard"],
    charges: (all) => counted(all.length, "", prices.dashboardMonth),
  },
  {
    title: "logs",
    types: [logGroup],
    assumed: true,
    charges: () => counted(assumed.logsGB, "GB", prices.logsGB),
  },
  {
    title: "flow logs",
    types: [flowLog],
    assumed: true,
    charges: () => counted(assumed.flowLogsGB, "GB in sums of a minute or less", prices.logsGB),
  },
  { title: "kept logs", types: [logGroup, flowLog], assumed: true, charges: keptLogs },
  {
    title: "KMS key",
    types: ["aws:kms/key:Key"],
    charges: (all) => counted(all.length, "", prices.kmsKeyMonth),
  },
  {
    // The build cache is left out: by default the engine's own is used, and the repository stays empty.
    title: "images in ECR",
    types: ["aws:ecr/repository:Repository"],
    assumed: true,
    charges: (all) => {
      const count = all.filter(({ inputs }) => !String(inputs.name).endsWith("/cache")).length;
      return counted(count, `of ${assumed.imageGB} GB`, prices.imagesGBMonth, assumed.imageGB);
    },
  },
  {
    title: "parameters over 4 KiB (desired state)",
    types: [rollout, parameter],
    charges: (all) => counted(all.filter(isAdvanced).length, "", prices.advancedParameterMonth),
  },
];

/** Types that cost nothing by themselves, or so little of their use that no line has it. */
export const freeTypes: readonly string[] = [
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/route:Route",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/volumeAttachment:VolumeAttachment",
  "aws:ec2/vpc:Vpc",
  "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  "aws:iam/instanceProfile:InstanceProfile",
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:kms/alias:Alias",
  "aws:s3/bucketObjectv2:BucketObjectv2",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:sns/topic:Topic",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sns/topicSubscription:TopicSubscription",
  "aws:ssm/document:Document",
];
