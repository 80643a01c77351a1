/** Which ports a security group's rules open, and to whom, in each of the ways in which they can be written. */
import { type Looked, list } from "./rule";

/** AWS's types. */
export const groupType = "aws:ec2/securityGroup:SecurityGroup";
export const ingressRuleType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const ruleType = "aws:ec2/securityGroupRule:SecurityGroupRule";

/** Whether resources of a type can let something in. */
export const isOpening = (type: string): boolean =>
  [groupType, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", ruleType, ingressRuleType].includes(type);

/** One inbound rule. */
export interface Opening {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  /** Address ranges, IPv4 and IPv6. Empty where the rule names groups or prefix lists. */
  readonly from: readonly string[];
}

interface Written {
  readonly protocol?: string;
  readonly ipProtocol?: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly cidrBlocks?: readonly string[];
  readonly ipv6CidrBlocks?: readonly string[];
  readonly cidrIpv4?: string;
  readonly cidrIpv6?: string;
}

function opening(rule: Written): Opening {
  const one = [rule.cidrIpv4, rule.cidrIpv6].filter((it) => it !== undefined);
  return {
    protocol: rule.protocol ?? rule.ipProtocol ?? "-1",
    fromPort: rule.fromPort ?? 0,
    toPort: rule.toPort ?? 65535,
    from: [...one, ...(rule.cidrBlocks ?? []), ...(rule.ipv6CidrBlocks ?? [])],
  };
}

/** The inbound rules of a group, or the one that a resource of its own is. */
export function openings({ type, inputs }: Looked): Opening[] {
  if (type === ruleType) return inputs.type === "ingress" ? [opening(inputs)] : [];
  if (type === ingressRuleType) return [opening(inputs)];
  return list<Written>(inputs.ingress).map(opening);
}

/** The inbound rules that let the whole world in. */
export const openToWorld = (resource: Looked): Opening[] =>
  openings(resource).filter(({ from }) => from.some((it) => it === "0.0.0.0/0" || it === "::/0"));

/** Whether the whole world comes in on a port. */
export const worldReaches = (resource: Looked, port: number): boolean =>
  openToWorld(resource).some(
    ({ protocol, fromPort, toPort }) => protocol === "-1" || (fromPort <= port && port <= toPort),
  );
