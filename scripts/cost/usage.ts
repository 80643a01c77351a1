/** What costs by use alone, so that a resource graph cannot tell how much. Pure. */
import type { ShownResource } from "../render/graph";
import { prices } from "./prices";

/** What depends on use alone, and is in no line. */
export interface Usage {
  readonly what: string;
  readonly price: number;
  /** What the price is for, after `a`. */
  readonly per: string;
  readonly types: readonly string[];
  /** By default every resource of the types. */
  readonly applies?: (inputs: ShownResource["inputs"]) => boolean;
}

const instance = "aws:ec2/instance:Instance";
const { trafficOutGB, endpointGB, creditVcpuHour, objectsGBMonth } = prices.uncounted;

/** Named with their unit prices below a bill. */
export const uncounted: readonly Usage[] = [
  { what: "traffic to the internet", price: trafficOutGB, per: "GB", types: [instance] },
  {
    what: "CPU time beyond the credits of a t type, which an alarm reports",
    price: creditVcpuHour,
    per: "vCPU and hour",
    types: [instance],
    applies: ({ creditSpecification }) => creditSpecification !== undefined,
  },
  {
    what: "traffic through the interface endpoints",
    price: endpointGB,
    per: "GB",
    types: ["aws:ec2/vpcEndpoint:VpcEndpoint"],
    applies: ({ vpcEndpointType }) => vpcEndpointType === "Interface",
  },
  {
    what: "host bundles in S3, less than 1 MB each",
    price: objectsGBMonth,
    per: "GB and month",
    types: ["aws:s3/bucket:Bucket"],
  },
  {
    what: "each of the first two yearly rotations of the KMS key",
    price: prices.kmsKeyMonth,
    per: "month",
    types: ["aws:kms/key:Key"],
    applies: ({ enableKeyRotation }) => enableKeyRotation === true,
  },
];
