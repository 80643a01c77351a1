/** The outbound rules of the host's security group. Pure. */
import * as net from "node:net";

import type { Destination } from "../../../settings/ec2/egress";
import type { ProxySettings } from "../../../settings/ec2/types";

/** Where HTTPS may go: to addresses, and to the services of AWS that a prefix list represents. */
export interface HttpsDestinations {
  readonly cidrBlocks: readonly string[];
  readonly prefixListIds?: readonly string[];
}

/** What the DHCP options of an existing VPC tell its hosts to use. */
export interface VpcServers {
  /** The VPC's address ranges. */
  readonly ranges: readonly string[];
  /** `AmazonProvidedDNS`, or addresses. */
  readonly domainNameServers: readonly string[];
  readonly ntpServers: readonly string[];
}

/** One rule, as `aws.ec2.SecurityGroup` takes it. */
export interface EgressRule {
  readonly description: string;
  readonly protocol: "tcp" | "udp";
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrBlocks?: string[];
  readonly ipv6CidrBlocks?: string[];
  readonly prefixListIds?: string[];
}

function rule(description: string, protocol: "tcp" | "udp", port: number): EgressRule {
  return { description, protocol, fromPort: port, toPort: port };
}

/** Whether an address is in one of the ranges. */
function within(ranges: readonly string[], address: string): boolean {
  const list = new net.BlockList();
  for (const [start = "", bits] of ranges.map((range) => range.split("/"))) list.addSubnet(start, Number(bits));
  return list.check(address);
}

/** The VPC's ranges if one of the servers is there, and every other server by its own address. */
function blocksOf(ranges: readonly string[], servers: readonly string[]): Partial<EgressRule> {
  const ipv4 = servers.filter((server) => net.isIPv4(server));
  const ipv6 = servers.filter((server) => net.isIPv6(server));
  const outside = ipv4.filter((server) => !within(ranges, server));
  return {
    cidrBlocks: [...(outside.length < ipv4.length ? ranges : []), ...outside.map((server) => `${server}/32`)],
    ...(ipv6.length === 0 ? {} : { ipv6CidrBlocks: ipv6.map((server) => `${server}/128`) }),
  };
}

/** AWS's own servers: security groups do not filter link-local addresses and the VPC's resolver. */
const isFiltered = (server: string): boolean => net.isIP(server) !== 0 && !server.startsWith("169.254.");

/** Name and time servers of the VPC that are not AWS's. */
function serverRules({ ranges, domainNameServers, ntpServers }: VpcServers): EgressRule[] {
  const [dns, ntp] = [domainNameServers.filter(isFiltered), ntpServers.filter(isFiltered)];
  return [
    ...(dns.length === 0
      ? []
      : (["udp", "tcp"] as const).map((protocol) => ({ ...rule("DNS", protocol, 53), ...blocksOf(ranges, dns) }))),
    ...(ntp.length === 0 ? [] : [{ ...rule("NTP", "udp", 123), ...blocksOf(ranges, ntp) }]),
  ];
}

/** The proxy: its address, or any if it has a name. AWS refuses the same rule twice. */
function proxyRules(
  { host, port }: ProxySettings,
  { cidrBlocks }: HttpsDestinations,
  portsOut: readonly number[],
): EgressRule[] {
  const cidr = net.isIPv4(host) ? `${host}/32` : "0.0.0.0/0";
  const allowed = portsOut.includes(port) && cidrBlocks.includes(cidr);
  return allowed ? [] : [{ ...rule("linnix:proxy", "tcp", port), cidrBlocks: [cidr] }];
}

/** What the settings add to HTTPS. */
export interface FurtherDestinations {
  readonly egress: readonly Destination[];
  readonly proxy?: ProxySettings;
}

/** All rules: HTTPS, the VPC's own name and time servers, the proxy, and the destinations in the settings. */
export function egressRules(
  https: HttpsDestinations,
  portsOut: readonly number[],
  servers: VpcServers | undefined,
  { egress, proxy }: FurtherDestinations,
): EgressRule[] {
  const { cidrBlocks, prefixListIds } = https;
  const toProxy = proxy === undefined ? [] : proxyRules(proxy, https, portsOut);
  const more = egress.filter(
    ({ protocol, port, cidr }) =>
      !toProxy.some((it) => it.protocol === protocol && it.fromPort === port && it.cidrBlocks?.includes(cidr)),
  );
  return [
    ...portsOut.map((port) => ({
      ...rule("HTTPS", "tcp", port),
      cidrBlocks: [...cidrBlocks],
      ...(prefixListIds === undefined ? {} : { prefixListIds: [...prefixListIds] }),
    })),
    ...(servers === undefined ? [] : serverRules(servers)),
    ...toProxy,
    ...more.map(({ protocol, port, cidr }) => ({ ...rule("linnix:egress", protocol, port), cidrBlocks: [cidr] })),
  ];
}
