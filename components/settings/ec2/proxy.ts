/** The proxy through which a host in a company's network reaches everything outside. */
import type { NetworkSettings, ProxySettings } from "./types";

/** The longest address and the longest list, in characters: both are in user data, which is limited. */
const longestAddress = 96;
const longestList = 128;

/** A server's name or IPv4 address, and a port. Programs differ in the port that they take if there is none. */
const shape = /^http:\/\/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):(\d{1,5})\/?$/i;

/** Checks `linnix:proxy`. Returns what is wrong, or undefined. */
export function proxyProblem(text: string): string | undefined {
  if (/^[a-z]+:\/\/[^/]*@/i.test(text)) {
    return "must not contain a user name or a password: it would be in user data, which everyone who may describe the instance can read; use a proxy that admits the host by its address";
  }
  const port = Number(shape.exec(text)?.[2]);
  if (!(port >= 1 && port <= 65535)) return "must be http://NAME:PORT, with the name or IPv4 address of the proxy";
  return text.length > longestAddress ? `must have at most ${longestAddress} characters` : undefined;
}

/** Checks `linnix:noProxy`. Returns what is wrong, or undefined. */
export function noProxyProblem(names: readonly string[]): string | undefined {
  const invalid = names.filter((name) => !/^\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name));
  // Of ranges and `*`, each program understands something else.
  const rule = "must be a list of names, IPv4 addresses, and domains that begin with a dot";
  if (invalid.length > 0) return `${rule}; invalid: ${invalid.join(", ")}`;
  return names.join(",").length > longestList ? `must have at most ${longestList} characters in all` : undefined;
}

/** Reached directly by every host: instance metadata, and the host itself. */
const alwaysDirect = ["169.254.169.254", "127.0.0.1", "localhost"];

/** The proxy of a stack, and everything that its host reaches without it. */
export function proxyOf(
  address: string,
  noProxy: readonly string[],
  { network, region }: { readonly network: NetworkSettings; readonly region: string },
): ProxySettings {
  const [, host = "", port = ""] = shape.exec(address) ?? [];
  // Interface endpoints have AWS's own names, with addresses in the VPC.
  const endpoints = network.kind === "own" && network.private ? [`.${region}.amazonaws.com`] : [];
  return {
    address: `http://${host}:${Number(port)}`,
    host,
    port: Number(port),
    direct: [...new Set([...alwaysDirect, ...endpoints, ...noProxy])],
  };
}
