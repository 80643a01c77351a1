import assert from "node:assert/strict";

import { programGraph } from "../../../../scripts/render/graph";
import { deployerPolicies } from "../../../../scripts/docs/deployer-page";
import { typeRights } from "../../../../scripts/docs/deployer-rights";
import { useVariationGraphs } from "../../../fixtures/ec2-graph";
import { ec2Region } from "../../../fixtures/settings";

describe("the deployer's policies", function () {
  this.timeout(120_000);
  const { everywhere } = useVariationGraphs();

  it("have the rights for every type of resource that the program makes", async () => {
    const types = new Set<string>();
    everywhere(({ resources }) => {
      for (const { type } of resources) types.add(type);
    });
    const strict = { "linnix:customerKey": "true", "linnix:flowLogs": "true", "linnix:snapshotDays": "7" };
    const whole = await programGraph("dev", { "linnix:host": "ec2", "aws:region": ec2Region, ...strict });
    for (const { type } of whole.resources) types.add(type);
    const made = [...types].filter((type) => type.startsWith("aws:"));
    assert.ok(made.length > 25);
    assert.deepEqual(
      made.filter((type) => !(type in typeRights)),
      [],
    );
  });

  it("fit into IAM's limit, name actions without wildcards, and each action once", () => {
    for (const [name, { Statement }] of Object.entries(deployerPolicies())) {
      const actions = Statement.flatMap(({ Action }) => Action);
      assert.ok(JSON.stringify({ Version: "2012-10-17", Statement }).length <= 6144, name);
      assert.deepEqual(actions, [...new Set(actions)], name);
      for (const action of actions) assert.match(action, /^[a-z0-9]+:[A-Z][A-Za-z0-9]+$/, name);
    }
  });

  it("reach roles of this project only, and pass them only to the services that use them", () => {
    const all = Object.values(deployerPolicies()).flatMap(({ Statement }) => Statement);
    for (const { Action, Resource, Condition } of all.filter(({ Action }) => Action.join().includes("iam:"))) {
      for (const name of Resource)
        assert.match(name, /^arn:aws:iam::\*:(role|instance-profile)\/(linnix-|aws-service-role)/);
      if (Action.includes("iam:PassRole")) assert.ok(Condition !== undefined);
    }
  });
});
