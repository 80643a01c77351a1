import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../../../../../../scripts/lib/home";

/** The engine's settings on a host. */
interface EngineSettings {
  readonly bip?: string;
  readonly "default-address-pools"?: readonly { readonly base: string; readonly size: number }[];
}

/** The first and the last address of a network in CIDR notation. */
function ends(cidr: string): [first: number, last: number] {
  const [address = "", bits = ""] = cidr.split("/");
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(number / size) * size;
  return [first, first + size - 1];
}

describe("the networks of the host's engine", () => {
  const file = path.join(projectFolder, "host/files/all/etc/docker/daemon.json");
  const { bip = "", "default-address-pools": pools = [] } = JSON.parse(fs.readFileSync(file, "utf8")) as EngineSettings;
  const networks = [bip, ...pools.map(({ base }) => base)].map(ends);

  it("are in the range that is reserved for measurements, where no VPC and no public server is", () => {
    assert.ok(bip !== "" && pools.length > 0, "the engine's own defaults begin with 172.17.0.0/16");
    const [first, last] = ends("198.18.0.0/15");
    for (const [from, to] of networks) assert.ok(from >= first && to <= last, `${from} to ${to}`);
  });

  it("hide no address of a VPC, peered or not, such as 172.17.0.0 to 172.31.255.255", () => {
    for (const vpc of ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(ends)) {
      for (const [from, to] of networks) assert.ok(to < vpc[0] || from > vpc[1], `${from} to ${to}`);
    }
  });

  it("do not overlap with each other", () => {
    const [bridge, pool] = networks as [[number, number], [number, number]];
    assert.ok(bridge[1] < pool[0] || bridge[0] > pool[1]);
  });
});
