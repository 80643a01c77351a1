import assert from "node:assert/strict";

import { programGraph } from "../../../../../scripts/render/graph";
import { type Looked, type Rule, breaches } from "../../../../../policy/rules/rule";
import { mandatory, protection } from "../../../../../policy/rules/rules";
import { deployed } from "../../../../fixtures/deployed";
import { useVariationGraphs, variations } from "../../../../fixtures/ec2-graph";
import { ec2Region } from "../../../../fixtures/settings";

const group = "aws:ec2/securityGroup:SecurityGroup";

describe("AWS's benchmarks", function () {
  this.timeout(60_000);
  const { graph } = useVariationGraphs();
  const looked = (name: string): readonly Looked[] => graph(name).resources;
  const found = (rule: Rule, resources: readonly Looked[]) => breaches(rule, resources).map(({ name }) => name);

  for (const rule of mandatory) {
    it(`${rule.id}: ${rule.says}, in every variation`, () => {
      for (const name of Object.keys(variations)) assert.deepEqual(found(rule, looked(name)), [], name);
    });
  }

  /** A rule that finds nothing in anything would hold as well. */
  const notices = (rule: Rule, resources: readonly Looked[]) => {
    const given = (rule.given ?? []).map((it) => ({ ...it, name: "given" }));
    assert.ok(found(rule, [...resources, ...given, { ...rule.broken, name: "broken" }]).length > 0, rule.id);
  };
  it("notice a resource that breaks them", () => {
    for (const rule of mandatory) notices(rule, rule.id === "SSM.1" ? [] : looked("an existing network"));
  });

  it("are kept by the whole program too, its registry included", async () => {
    const strict = { flowLogs: "true", snapshotDays: "7", customerKey: "true", protect: "true" };
    for (const settings of [{}, strict]) {
      const own = Object.entries(settings).map(([name, value]) => [`linnix:${name}`, value] as const);
      const config = { "linnix:host": "ec2", "aws:region": ec2Region, ...Object.fromEntries(own) };
      const { resources } = await programGraph("dev", config);
      assert.equal(resources.filter(({ type }) => type === "aws:ecr/repository:Repository").length, 3);
      const more = settings === strict ? protection.filter(({ id }) => id !== "EC2.9") : [];
      for (const rule of [...mandatory, ...more]) assert.deepEqual(found(rule, deployed(resources)), [], rule.id);
    }
  });

  it("that cost money or a setting are kept by a stack that has everything", () => {
    for (const rule of protection.filter(({ id }) => id !== "EC2.9")) {
      assert.deepEqual(found(rule, looked("everything")), [], rule.id);
    }
    for (const rule of protection) notices(rule, []);
  });

  it("EC2.9: in private mode there is no public address, and no way for one", () => {
    const rule = protection.find(({ id }) => id === "EC2.9")!;
    for (const name of Object.keys(variations).filter((it) => it.includes("private"))) {
      assert.deepEqual(found(rule, looked(name)), [], name);
      const types = looked(name).map(({ type }) => type);
      assert.ok(!types.some((type) => /InternetGateway|Eip$|NatGateway|:Route$/.test(type)), name);
    }
  });

  it("more than them: the host's group has no inbound rule, in any variation", () => {
    for (const name of Object.keys(variations)) {
      const own = looked(name).filter(({ type, name }) => type === group && name === "host-network-host-group");
      assert.deepEqual(
        own.map(({ inputs }) => inputs.ingress),
        [[]],
        name,
      );
      const rules = looked(name).filter(({ type }) => /SecurityGroup(Ingress)?Rule$/.test(type));
      assert.deepEqual(rules, [], name);
    }
  });
});
