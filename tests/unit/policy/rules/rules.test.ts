import assert from "node:assert/strict";

import { type Looked, type Rule, breaches } from "../../../../policy/rules/rule";
import { mandatory, protection } from "../../../../policy/rules/rules";
import { useDeployedStacks } from "../../../fixtures/deployed";
import { useVariationGraphs, variations } from "../../../fixtures/ec2-graph";
import { UnknownValueError, proxied, unknown } from "../../../fixtures/proxied";

const all: readonly Rule[] = [...mandatory, ...protection];

const names = (rule: Rule, resources: readonly Looked[]) => breaches(rule, resources).map(({ name }) => name);

/** A rule's own example, and what it needs beside it. */
const example = ({ given = [], broken }: Rule): Looked[] => [
  ...given.map((it, index) => proxied(it, `given-${index}`)),
  proxied(broken, "broken"),
];

describe("the rules of the policy pack", function () {
  this.timeout(60_000);
  const stacks = useDeployedStacks();
  const { graph } = useVariationGraphs();

  it("have each an id of its own, which makes a policy's name of its own", () => {
    assert.ok(all.length >= 50, String(all.length));
    assert.equal(new Set(all.map(({ id }) => id.toLowerCase().replace(/\W+/g, "-"))).size, all.length);
  });

  for (const rule of mandatory) {
    it(`${rule.id}: find nothing in any stack or variation`, () => {
      for (const [stack, resources] of stacks)
        assert.deepEqual(
          names(
            rule,
            resources.map((it) => proxied(it, it.name)),
          ),
          [],
          stack,
        );
      for (const variation of Object.keys(variations))
        assert.deepEqual(
          names(
            rule,
            graph(variation).resources.map((it) => proxied(it, it.name)),
          ),
          [],
          variation,
        );
    });
  }

  it("of protection find in prod nothing but its public address", () => {
    const prod = stacks.get("prod")!.map((it) => proxied(it, it.name));
    const found = protection.flatMap((rule) => names(rule, prod).map((name) => `${rule.id}: ${name}`));
    assert.deepEqual(found, ["EC2.9: host-instance-al2023-amd64"]);
  });

  for (const rule of all) {
    it(`${rule.id}: find a resource that breaks it`, () => {
      assert.deepEqual(names(rule, example(rule)).at(-1), "broken");
    });
  }

  it("on single resources judge by what their example has, where all other properties are unknown", () => {
    const resources = [...stacks.values()].flat();
    for (const rule of all.filter((it) => !("breaches" in it))) {
      const { type, inputs } = rule.broken;
      const properties = resources.filter((it) => it.type === type).flatMap((it) => Object.keys(it.inputs));
      const others = Object.fromEntries(properties.map((property) => [property, unknown]));
      const judged = () => names(rule, [proxied({ ...rule.broken, inputs: { ...others, ...inputs } }, "broken")]);
      // An example without properties breaks the rule by a missing one, which is unknown here.
      if (Object.keys(inputs).length === 0 && rule.id !== "protect") assert.throws(judged, UnknownValueError, rule.id);
      else assert.deepEqual(judged(), ["broken"], rule.id);
    }
  });
});
