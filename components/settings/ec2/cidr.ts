import * as net from "node:net";

/** RFC 1918. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
const privateAddresses = new net.BlockList();
for (const [address = "", bits] of privateRanges.map((range) => range.split("/"))) {
  privateAddresses.addSubnet(address, Number(bits));
}

/** Checks the range of a VPC: private, /16 to /26 (one subnet takes all of it). Returns what is wrong, or undefined. */
export function vpcCidrProblem(text: string): string | undefined {
  const [, address = "", bits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  if (!net.isIPv4(address) || Number(bits) > 32) return "must be an IPv4 range such as 10.42.0.0/24";
  if (Number(bits) < 16 || Number(bits) > 26) return "must have 16 to 26 bits, as 10.42.0.0/24 has 24";
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  if (number % 2 ** (32 - Number(bits)) !== 0) return "must start at the range's first address";
  // A range of 16 bits or more lies inside a private range as soon as its first address does.
  return privateAddresses.check(address)
    ? undefined
    : `must be in a private range (RFC 1918): ${privateRanges.join(", ")}`;
}
