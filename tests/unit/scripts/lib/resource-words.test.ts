import assert from "node:assert/strict";

import { parseUrn, words } from "../../../../scripts/lib/resource-words";

const urn = (type: string, name: string) => `urn:pulumi:local::linnix::linnix:host:LocalHost$${type}::${name}`;

describe("the words for a resource", () => {
  for (const { type, name, operation, doing, done } of [
    {
      type: "docker-build:index:Image",
      name: "cognitod-build",
      operation: "update",
      doing: "building image cognitod",
      done: "built image cognitod",
    },
    {
      type: "docker:index/container:Container",
      name: "host-llama",
      operation: "delete-replaced",
      doing: "removing the old container llama",
      done: "removed the old container llama",
    },
    {
      type: "docker:index/container:Container",
      name: "host-preflight-container",
      operation: "create-replacement",
      doing: "replacing container preflight",
      done: "replaced container preflight",
    },
    {
      type: "docker:index/volume:Volume",
      name: "host-log-volume",
      operation: "create",
      doing: "creating volume log",
      done: "created volume log",
    },
    {
      type: "docker:index/network:Network",
      name: "host-network",
      operation: "delete",
      doing: "removing network",
      done: "removed network",
    },
    {
      type: "pulumi-nodejs:dynamic/linnix:ContainerRun",
      name: "host-model-run",
      operation: "create",
      doing: "fetching the model",
      done: "fetched the model",
    },
    {
      type: "pulumi-nodejs:dynamic/linnix:HealthGate",
      name: "host-health",
      operation: "refresh",
      doing: "checking health check",
      done: "checked health check",
    },
    {
      type: "pulumi-nodejs:dynamic/linnix:HealthGate",
      name: "host-health",
      operation: "update",
      doing: "waiting for both services to be healthy",
      done: "both services are healthy",
    },
    {
      type: "pulumi-nodejs:dynamic/linnix:RandomToken",
      name: "host-token",
      operation: "create",
      doing: "creating random token",
      done: "created random token",
    },
    { type: "a:b:Thing", name: "x", operation: "import", doing: "working on thing x", done: "finished thing x" },
  ]) {
    it(`${operation} of ${name}: ${doing}`, () => {
      const found = words(operation, urn(type, name));
      assert.deepEqual([found.doing, found.done], [doing, done]);
    });
  }

  it("come from the end of the URN, whose name may hold colons", () => {
    assert.deepEqual(parseUrn(urn("a:b:C", "one::two")), { type: "a:b:C", name: "one::two" });
    assert.deepEqual(parseUrn("urn:pulumi:s::p::t:t:T::n"), { type: "t:t:T", name: "n" });
  });
});
