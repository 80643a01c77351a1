import * as net from "node:net";

/** A destination that the host may reach in addition to HTTPS. */
export interface Destination {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** IPv4 range, `10.0.0.0/8`. */
  readonly cidr: string;
}

/** Parses `10.1.2.0/24:3128` or `10.1.2.3:123/udp`. Returns what is wrong, or the destination. */
export function parseDestination(text: string): Destination | { readonly problem: string } {
  const [, address = "", length = "32", digits = "", protocol = "tcp"] =
    /^([\d.]+)(?:\/(\d{1,2}))?:(\d{1,5})(?:\/(tcp|udp))?$/.exec(text) ?? [];
  const [bits, port] = [Number(length), Number(digits)];
  if (!net.isIPv4(address) || bits > 32) return { problem: "is no IPv4 range with a port" };
  if (port < 1 || port > 65535) return { problem: "has no port from 1 to 65535" };
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  if (number % 2 ** (32 - bits) !== 0) return { problem: "does not start at the range's first address" };
  return { protocol: protocol === "udp" ? "udp" : "tcp", port, cidr: `${address}/${bits}` };
}

/** Checks `linnix:egress`. Returns what is wrong, or undefined. */
export function egressProblem(texts: readonly string[]): string | undefined {
  const rule = "must be a list of destinations such as 10.0.0.5:3128 or 10.0.0.0/24:123/udp";
  const problems = texts.flatMap((text) => {
    const parsed = parseDestination(text);
    return "problem" in parsed ? [`${text} ${parsed.problem}`] : [];
  });
  if (problems.length > 0) return `${rule}; ${problems.join(", ")}`;
  const repeated = texts.filter((text, index) => texts.indexOf(text) < index);
  return repeated.length > 0 ? `must name each destination once; repeated: ${repeated.join(", ")}` : undefined;
}

/** The destinations of a valid setting. */
export function destinationsOf(texts: readonly string[]): Destination[] {
  return texts.flatMap((text) => {
    const parsed = parseDestination(text);
    return "problem" in parsed ? [] : [parsed];
  });
}
