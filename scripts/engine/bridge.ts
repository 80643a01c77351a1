import * as fs from "node:fs";

import { Failure } from "../lib/errors";

interface Network {
  readonly address: number;
  readonly mask: number;
}

/** The networks of this machine's routes, except the default route, from the text of /proc/net/route. */
function routed(text: string): Network[] {
  // The kernel prints addresses in its own byte order, which is little-endian on the machines that Docker supports.
  const number = (hex: string): number => Buffer.from(hex, "hex").readUInt32LE();
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter((fields) => fields.length > 7)
    .map((fields) => ({ address: number(fields[1] ?? ""), mask: number(fields[7] ?? "") }))
    .filter(({ mask }) => mask !== 0);
}

/** From the end of the ranges that Docker assigns by default, so that the two rarely choose the same one. */
const candidates = [29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18].map((second) => ({
  text: `172.${second}.0.1/16`,
  address: (172 * 2 ** 24 + second * 2 ** 16) >>> 0,
  mask: 0xffff0000,
}));

/**
 * An address for the engine's bridge, in a network without a route on this machine. Routes also show what a list of
 * interfaces does not: the network of another engine's bridge that has no container yet.
 */
export function bridgeAddress(routes = fs.readFileSync("/proc/net/route", "utf8")): string {
  const used = routed(routes);
  const free = candidates.find((candidate) =>
    used.every(({ address, mask }) => {
      const common = mask & candidate.mask;
      return (address & common) !== (candidate.address & common);
    }),
  );
  if (free !== undefined) return free.text;
  throw new Failure(
    "The embedded Docker engine finds no free network: this machine has routes to all of 172.18.0.0/16 to 172.29.0.0/16 " +
      "(`ip route` lists them). Remove unused networks (`docker network prune`), or use an engine of your own through DOCKER_HOST.",
  );
}
