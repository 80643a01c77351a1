/** Networks: nothing comes in, and a private network has no way out. */
import { type Opening, groupType, ingressRuleType, openToWorld, isOpening, openings, worldReaches } from "./openings";
import { type Example, type ResourceRule, type Rule, type StackRule, inputsOf, list, ofType } from "./rule";

const vpc = "aws:ec2/vpc:Vpc";
const instance = "aws:ec2/instance:Instance";
const endpointType = "aws:ec2/vpcEndpoint:VpcEndpoint";

const openGroup = (port: number): Example => ({
  type: groupType,
  inputs: { ingress: [{ protocol: "tcp", fromPort: port, toPort: port, cidrBlocks: ["0.0.0.0/0"] }] },
});

/** A rule that the whole world comes in on none of these ports. */
const closed = (...ports: readonly number[]): Pick<ResourceRule, "judges" | "holds"> => ({
  judges: isOpening,
  holds: (resource) => !ports.some((port) => worldReaches(resource, port)),
});

/** Ports that EC2.19 names. */
const highRisk = [20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601];

/** A private network is known by its endpoints: it has them all. */
const endpoint = (id: string, service: string): StackRule => ({
  id,
  says: `a VPC without the internet has an interface endpoint for ${service}`,
  breaches: (all) => {
    const endpoints = ofType(all, endpointType);
    const has = endpoints.some(({ inputs }) => String(inputs.serviceName).endsWith(`.${service}`));
    return has ? [] : endpoints.slice(0, 1);
  },
  broken: { type: endpointType, inputs: { serviceName: "com.amazonaws.us-east-1.s3" } },
});

/** Ways to and from the internet. */
const ways = /^aws:ec2\/(internetGateway:InternetGateway|natGateway:NatGateway|eip:Eip)$/;

const isPrivateRange = (range: string): boolean => /^(10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(range);

/** What the endpoints of a private network need: HTTPS from the VPC. */
const isHttpsInside = ({ protocol, fromPort, toPort, from }: Opening): boolean =>
  protocol === "tcp" && fromPort === 443 && toPort === 443 && from.length > 0 && from.every(isPrivateRange);

/** Rules on networks. */
export const network: readonly Rule[] = [
  {
    id: "no inbound rule",
    says: "no security group has an inbound rule, except HTTPS from inside to a private network's endpoints",
    judges: isOpening,
    holds: (resource) =>
      openings(resource).every((it) => isHttpsInside(it) && String(resource.inputs.namePrefix).endsWith("-endpoints-")),
    broken: {
      type: groupType,
      inputs: {
        namePrefix: "linnix-dev-host-",
        ingress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["10.42.0.0/24"] }],
      },
    },
  },
  {
    id: "private",
    says: "a network with interface endpoints has no way to the internet, and its host no public address",
    breaches: (all) => {
      const isPrivate = ofType(all, endpointType).some(({ inputs }) => inputs.vpcEndpointType === "Interface");
      if (!isPrivate) return [];
      const isOut = ({ type, inputs }: Example) =>
        ways.test(type) || (type === instance && inputs.associatePublicIpAddress === true);
      return all.filter(isOut);
    },
    given: [
      { type: endpointType, inputs: { serviceName: "com.amazonaws.us-east-1.logs", vpcEndpointType: "Interface" } },
    ],
    broken: { type: "aws:ec2/internetGateway:InternetGateway", inputs: {} },
  },
  {
    id: "EC2.2",
    says: "a VPC's default security group allows nothing",
    breaches: (all) => {
      const emptied = ofType(all, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").filter(({ inputs }) =>
        [inputs.ingress, inputs.egress].every((rules) => Array.isArray(rules) && rules.length === 0),
      );
      return ofType(all, vpc).slice(emptied.length);
    },
    broken: { type: vpc, inputs: {} },
  },
  { id: "EC2.13", says: "the world can't come in on port 22", ...closed(22), broken: openGroup(22) },
  { id: "EC2.14", says: "the world can't come in on port 3389", ...closed(3389), broken: openGroup(3389) },
  {
    id: "EC2.15",
    says: "a subnet gives no public addresses by itself",
    ...inputsOf("aws:ec2/subnet:Subnet", ({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch === false),
    broken: { type: "aws:ec2/subnet:Subnet", inputs: { mapPublicIpOnLaunch: true } },
  },
  {
    id: "EC2.18",
    says: "the world comes in on no port at all (the control allows some)",
    judges: isOpening,
    holds: (resource) => openToWorld(resource).length === 0,
    broken: openGroup(443),
  },
  {
    id: "EC2.19",
    says: "the world can't come in on ports of high risk",
    ...closed(...highRisk),
    broken: openGroup(3000),
  },
  {
    id: "EC2.21",
    says: "a network's access list doesn't let the world in on 22 and 3389 (AWS's default one is exempt)",
    ...inputsOf("aws:ec2/networkAcl:NetworkAcl", ({ ingress }) => list(ingress).length === 0),
    broken: { type: "aws:ec2/networkAcl:NetworkAcl", inputs: { ingress: [{ cidrBlock: "0.0.0.0/0" }] } },
  },
  {
    id: "EC2.53, EC2.54",
    says: "no rule lets the world in to administer, by IPv4 or IPv6, however it is written",
    ...closed(22, 3389),
    broken: {
      type: ingressRuleType,
      inputs: { cidrIpv6: "::/0", ipProtocol: "tcp", fromPort: 1, toPort: 1024 },
    },
  },
  endpoint("EC2.55", "ecr.api"),
  endpoint("EC2.56", "ecr.dkr"),
  endpoint("EC2.57", "ssm"),
];
