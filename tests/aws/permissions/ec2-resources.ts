/** The resources that a call of EC2 names or makes. Pure. */
import { account, region } from "../../host/world/addresses";
import type { Call } from "../api/call";

/** Types by the beginning of their ids. */
const types: Readonly<Record<string, string>> = {
  ami: "image",
  eni: "network-interface",
  fl: "vpc-flow-log",
  i: "instance",
  igw: "internet-gateway",
  rtb: "route-table",
  sg: "security-group",
  snap: "snapshot",
  subnet: "subnet",
  vol: "volume",
  vpc: "vpc",
  vpce: "vpc-endpoint",
};

/** What an action makes, whether or not the call tags it. */
const made: Readonly<Record<string, readonly string[]>> = {
  CreateFlowLogs: ["vpc-flow-log"],
  CreateInternetGateway: ["internet-gateway"],
  CreateRouteTable: ["route-table"],
  CreateSecurityGroup: ["security-group"],
  CreateSnapshot: ["snapshot"],
  CreateSubnet: ["subnet"],
  CreateVolume: ["volume"],
  CreateVpc: ["vpc"],
  CreateVpcEndpoint: ["vpc-endpoint"],
  RunInstances: ["instance", "network-interface", "volume"],
};

const id = new RegExp(`^(${Object.keys(types).join("|")})-[0-9a-f]{8,}$`);

/** The type of an id; undefined if it is none of {@link types}. */
export const typeOf = (text: string): string | undefined => types[id.exec(text)?.[1] ?? ""];

/** The ids that a call names, each once. */
export const idsOf = ({ parameters }: Call): string[] => [
  ...new Set(Object.values(parameters).filter((it): it is string => typeof it === "string" && id.test(it))),
];

/** AWS's own images and snapshots have no account in their names. */
const ownerless = new Set(["image", "snapshot"]);

/** ARN of something in EC2. */
export const ec2Arn = (type: string, name: string): string =>
  `arn:aws:ec2:${region}:${ownerless.has(type) ? "" : account}:${type}/${name}`;

/** The types that a call makes. */
export const madeTypes = ({ action }: Call): readonly string[] => made[action] ?? [];
