import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type { ResourceValidationArgs } from "@pulumi/policy";

import { version } from "../../../components/project";
import { policies, policyName } from "../../../policy/policies";
import { containerType } from "../../../policy/rules/container";
import type { Example } from "../../../policy/rules/rule";
import { mandatory, protection } from "../../../policy/rules/rules";
import { projectFolder } from "../../../scripts/lib/home";
import { UnknownValueError, proxied, unknown } from "../../fixtures/proxied";

const all = policies();
const folder = path.join(projectFolder, "policy");
const read = (file: string) => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as Record<string, unknown>;

/** What the policies on single resources report of one, in the order of the pack, as the SDK's server runs them. */
async function judged(resource: Example, name: string, granted: readonly object[] = []): Promise<string[]> {
  const found: string[] = [];
  for (const policy of all) {
    if (!("validateResource" in policy) || typeof policy.validateResource !== "function") continue;
    const { type, inputs: props } = proxied(resource, name);
    const getConfig = () => (policy.name === "exceptions" ? { granted } : {});
    const args = {
      type,
      name,
      props,
      opts: { protect: false },
      urn: name,
      getConfig,
    } as unknown as ResourceValidationArgs;
    try {
      await policy.validateResource(args, (message) => found.push(`${policy.name}${message}`));
    } catch (error) {
      if (!(error instanceof UnknownValueError)) throw error;
      found.push(`${policy.name}: unknown`);
    }
  }
  return found;
}

const container: Example = {
  type: containerType,
  inputs: {
    name: "x",
    image: unknown,
    privileged: true,
    readOnly: true,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges"],
  },
};

describe("the policies", () => {
  it("are the rules: mandatory, those of protection advisory", () => {
    const names = all.map(({ name }) => name);
    assert.deepEqual([...names].sort(), ["exceptions", ...[...mandatory, ...protection].map(policyName)].sort());
    const advisory = all.filter(({ enforcementLevel }) => enforcementLevel === "advisory").map(({ name }) => name);
    assert.deepEqual(advisory.sort(), protection.map(policyName).sort());
    assert.ok(all.every(({ enforcementLevel }) => enforcementLevel === "advisory" || enforcementLevel === undefined));
  });

  it("are in order: the exceptions, those on single resources, those on the stack", () => {
    assert.equal(all[0]?.name, "exceptions");
    const kinds = all.slice(1).map((it) => ("validateResource" in it ? "resource" : "stack"));
    assert.deepEqual(kinds, [...kinds].sort());
    assert.ok(new Set(kinds).size === 2);
  });

  it("report what is known of a resource beside what is not", async () => {
    assert.deepEqual((await judged(container, "host-x")).sort(), ["container-image: unknown", "container-privilegedx"]);
  });

  it("leave an excepted resource out, while the exception lasts, and no other one", async () => {
    const exception = { rule: "container-privileged", resource: "host-x", reason: "a trial" };
    const lasting = [{ ...exception, until: "9999-12-31" }];
    assert.deepEqual(await judged(container, "host-x", lasting), ["container-image: unknown"]);
    assert.equal((await judged(container, "host-y", lasting)).length, 2);
    assert.equal((await judged(container, "host-x", [{ ...exception, until: "2020-01-01" }])).length, 2);
  });

  it("have the project's version", () => {
    assert.equal(read("package.json").version, version);
  });

  it("that prod.json names are those of protection, except for the public address, and mandatory", () => {
    const names = protection.filter(({ id }) => id !== "EC2.9").map(policyName);
    assert.deepEqual(read("prod.json"), Object.fromEntries(names.map((name) => [name, "mandatory"])));
  });
});
