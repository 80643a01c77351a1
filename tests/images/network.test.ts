import assert from "node:assert/strict";

import pins from "../../pins.json";
import { docker, testBases } from "./docker";

/** The kernel's value for an address that was set, not taken from a port. */
const isSet = "3";

describe("the network of builds and containers", () => {
  it("has a bridge whose MAC address stays when a container comes or goes: else the others lose their connections", async () => {
    const options = await docker("network", "inspect", "--format", "{{json .Options}}", "bridge");
    const bridge = (JSON.parse(options) as Record<string, string>)["com.docker.network.bridge.name"];
    assert.ok(bridge !== undefined, options);
    const file = `/sys/class/net/${bridge}/addr_assign_type`;
    const base = testBases().runtime ?? pins.images.debian;
    assert.equal(await docker("run", "--rm", "--network", "host", base, "cat", file), isSet);
  });
});
