import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type { EngineEvent } from "@pulumi/pulumi/automation";
import * as semver from "semver";

import { policyName } from "../../policy/policies";
import type { Looked, Rule } from "../../policy/rules/rule";
import { mandatory, protection } from "../../policy/rules/rules";
import { projectFolder } from "../../scripts/lib/home";
import { tryRun } from "../../scripts/lib/run";
import { withTemporaryFolder } from "../../scripts/lib/temporary";
import { useDeployedStacks } from "../fixtures/deployed";
import { stateFile, urnOf } from "../fixtures/state-file";

/** The first CLI that takes an executable file as a policy pack. */
const oldest = "3.259.0";
const pack = path.join(projectFolder, "policy/linnix-policy");
const production = path.join(projectFolder, "policy/prod.json");

interface Analysis {
  readonly status: number;
  /** `LEVEL POLICY URN` */
  readonly found: readonly string[];
  readonly text: string;
}

/** Has Pulumi judge resources by the pack, configured by a file or by an object. */
function analyze(stack: string, resources: readonly Looked[], config?: string | object): Promise<Analysis> {
  return withTemporaryFolder(async (folder) => {
    const [state, own] = [path.join(folder, "state.json"), path.join(folder, "config.json")];
    fs.writeFileSync(state, stateFile(stack, resources));
    if (typeof config === "object") fs.writeFileSync(own, JSON.stringify(config));
    const configured = config === undefined ? [] : ["--policy-pack-config", typeof config === "object" ? own : config];
    const args = ["policy", "analyze", "--json", "--policy-pack", pack, "--file", state, ...configured];
    const { status, stdout, stderr } = await tryRun("pulumi", [...args, "--non-interactive"], { cwd: folder });
    const events = stdout.split("\n").filter((line) => line.startsWith("{"));
    const found = events.flatMap((line) => {
      const { policyEvent } = JSON.parse(line) as EngineEvent;
      if (policyEvent === undefined) return [];
      return [`${policyEvent.enforcementLevel} ${policyEvent.policyName} ${policyEvent.resourceUrn ?? ""}`];
    });
    return { status, found, text: `${stdout}\n${stderr}` };
  });
}

/** The policies of a level that found something. */
const named = ({ found }: Analysis, level: string): string[] => [
  ...new Set(found.filter((it) => it.startsWith(`${level} `)).map((it) => it.split(" ")[1] ?? "")),
];

/** The example of each rule, once where rules share one, and what an example needs beside it. */
const rules: readonly Rule[] = [...mandatory, ...protection];
const exampleName = ({ broken }: Rule): string =>
  `broken-${policyName(rules.find((other) => JSON.stringify(other.broken) === JSON.stringify(broken))!)}`;
const examples: readonly Looked[] = [
  ...new Map(rules.map((rule) => [exampleName(rule), { ...rule.broken, name: exampleName(rule) }])).values(),
  ...rules.flatMap(({ given = [] }, index) => given.map((it) => ({ ...it, name: `given-${index}` }))),
];

describe("the policy pack in Pulumi's engine", function () {
  this.timeout(120_000);
  const stacks = useDeployedStacks();

  before("a CLI that takes a file as a policy pack", async function () {
    const { stdout } = await tryRun("pulumi", ["version"]);
    if (semver.gte(semver.coerce(stdout) ?? "0.0.0", oldest)) return;
    const message = `policy packs need Pulumi ${oldest} or newer, not ${stdout.trim()}`;
    if (process.env.CI === "true") throw new Error(message);
    process.stderr.write(`*** LEFT OUT: ${message} ***\n`);
    this.skip();
  });

  it("finds nothing in a local stack", async () => {
    const { status, found, text } = await analyze("local", stacks.get("local")!);
    assert.deepEqual([status, found], [0, []], text);
  });

  it("finds in dev what a trial does without, which refuses nothing", async () => {
    const result = await analyze("dev", stacks.get("dev")!);
    assert.deepEqual([result.status, named(result, "mandatory")], [0, []], result.text);
    assert.deepEqual(named(result, "advisory").sort(), protection.map(policyName).sort());
  });

  it("finds in prod, by its own configuration, nothing but the public address", async () => {
    const { status, found, text } = await analyze("prod", stacks.get("prod")!, production);
    const host = urnOf("prod", { type: "aws:ec2/instance:Instance", name: "host-instance-al2023-amd64" });
    assert.deepEqual([status, found], [0, [`advisory ec2-9 ${host}`]], text);
  });

  it("refuses dev by the configuration of prod", async () => {
    const result = await analyze("dev", stacks.get("dev")!, production);
    assert.equal(result.status, 1);
    const refusing = protection.filter(({ id }) => id !== "EC2.9").map(policyName);
    assert.deepEqual(named(result, "mandatory").sort(), refusing.sort());
  });

  describe("on a resource that breaks it", () => {
    let result: Analysis;
    before(async () => {
      result = await analyze("dev", examples);
    });

    for (const rule of rules) {
      it(`finds ${rule.id}`, () => {
        const level = mandatory.includes(rule) ? "mandatory" : "advisory";
        const urn = urnOf("dev", { type: rule.broken.type, name: exampleName(rule) });
        assert.ok(result.found.includes(`${level} ${policyName(rule)} ${urn}`), result.text);
      });
    }
    it("refuses it", () => {
      assert.equal(result.status, 1);
    });
  });

  const resource = "broken-container-privileged";
  const exception = { rule: "container-privileged", resource, reason: "a trial", until: "9999-12-31" };
  const grant = (granted: object) => analyze("dev", examples, { exceptions: { granted: [granted] } });

  it("leaves an exception out", async () => {
    const names = named(await grant(exception), "mandatory");
    assert.ok(!names.includes("container-privileged") && !names.includes("exceptions"));
    assert.ok(names.includes("container-ports"));
  });

  it("finds an exception that is over, and what it excepted", async () => {
    const names = named(await grant({ ...exception, until: "2020-12-31" }), "mandatory");
    assert.ok(names.includes("container-privileged") && names.includes("exceptions"));
  });

  for (const [what, wrong, message] of [
    ["no reason", { ...exception, reason: undefined }, /exceptions: .*reason is required/],
    ["an empty reason", { ...exception, reason: " " }, /exceptions: .*reason/],
    ["a rule that does not exist", { ...exception, rule: "container-privilege" }, /exceptions: .*rule must be one of/],
    ["a day that does not exist", { ...exception, until: "2026-02-30" }, /exceptions: .*until/],
  ] as const) {
    it(`refuses an exception with ${what}`, async () => {
      const { status, found, text } = await grant(wrong);
      assert.ok(status !== 0 && found.length === 0, text);
      assert.match(text, message);
    });
  }
});
