import assert from "node:assert/strict";

import { useVariationGraphs } from "../../../../../fixtures/ec2-graph";

describe("the identity of a host", function () {
  this.timeout(60_000);
  const { graph, everywhere } = useVariationGraphs();
  const policies = (name: string) =>
    graph(name)
      .all("aws:iam/rolePolicy:RolePolicy")
      .filter((it) => it.parent === "host-identity")
      .map(({ inputs }) => [inputs.name, inputs.policy] as [string, string]);

  it("has the policies that the stack needs, none of them empty", () => {
    const names = (name: string) =>
      policies(name)
        .map(([policy]) => policy)
        .sort();
    const always = ["agent", "bundles", "logs", "metrics", "parameters"];
    assert.deepEqual(names("the defaults"), [...always, "images"].sort());
    assert.deepEqual(names("a key of its own"), [...always, "images", "key"].sort());
    assert.deepEqual(names("a registry by address"), always);
    assert.deepEqual(names("prebuilt images"), always);
    assert.deepEqual(names("prebuilt images in ECR"), [...always, "images"].sort());
    everywhere((_, name) => {
      for (const [policy, text] of policies(name)) {
        assert.ok((JSON.parse(text) as { Statement: unknown[] }).Statement.length > 0, `${name}: ${policy}`);
      }
    });
  });

  it("pulls prebuilt images from the repositories in their names", () => {
    const [, text = ""] = policies("prebuilt images in ECR").find(([name]) => name === "images") ?? [];
    for (const image of ["cognitod", "llama"]) {
      assert.ok(text.includes(`arn:aws:ecr:us-east-1:123456789012:repository/a/${image}`));
    }
  });

  it("has the permissions boundary of the settings on every role", () => {
    const bounds = (name: string) =>
      graph(name)
        .all("aws:iam/role:Role")
        .map(({ inputs }) => inputs.permissionsBoundary);
    assert.deepEqual(bounds("everything"), Array(3).fill("arn:aws:iam::123456789012:policy/bound"));
    assert.deepEqual(bounds("the defaults"), [undefined]);
  });
});
