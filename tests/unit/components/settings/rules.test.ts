import assert from "node:assert/strict";

import { parse } from "smol-toml";

import { localServices } from "../../../../components/hosts/local/plan";
import { formatFault } from "../../../../components/settings/fault";
import { type RawSettings, parseSettings } from "../../../../components/settings/validate";
import { isSecretSetting } from "../../../fixtures/settings";

const good = `
- name: storm # a comment
  detector: forks_per_sec
  threshold: 200
  duration: 5
  severity: high
  cooldown: 300
- {name: stalled, detector: system_psi_cpu, threshold_pct: 40.5, duration: 30}
`;

const parsedWith = (text: string | undefined, more: RawSettings = {}) =>
  parseSettings(
    { rules: "./my.yaml", source: "upstream", ...more },
    {
      stack: "local",
      exists: () => (text === undefined ? undefined : "file"),
      readText: () => text,
      isSecret: isSecretSetting,
    },
    2,
  );

function faultsOf(text: string | undefined, more: RawSettings = {}): string[] {
  const parsed = parsedWith(text, more);
  return parsed.settings === undefined ? parsed.faults.map((fault) => formatFault(fault).replace(/\n/g, " ")) : [];
}

const rule = (change: string) => `[{name: a, detector: fork_burst, threshold: 10, window_seconds: 5, ${change}}]`;

describe("the setting rules", () => {
  const refused: [what: string, text: string | undefined, expected: RegExp][] = [
    ["a file that does not exist", undefined, /linnix:rules = \.\/my\.yaml: is not a readable file/],
    ["text that is no YAML", "[{", /is not valid YAML.*edit the file in \.\/my\.yaml/],
    ["a map", "rules: []", /must be a list of rules/],
    ["no rule", "[]", /must be a list of rules/],
    ["a rule that is no map", "[1]", /rule 1: must be a map/],
    ["an unknown detector", "[{name: a, detector: forks}]", /rule 1 \(a\): detector = forks must be forks_per_sec, /],
    ["a missing name", "[{detector: fork_burst, threshold: 1, window_seconds: 1}]", /rule 1: has no name/],
    [
      "a missing key",
      "[{name: a, detector: fork_burst, threshold: 1}]",
      /has no window_seconds; it must be a whole number/,
    ],
    ["another detector's key", rule("duration: 1"), /rule 1 \(a\): has the unknown key duration/],
    ["a misspelt key", rule("cooldwn: 1"), /unknown key cooldwn; did you mean cooldown\?/],
    ["an unknown severity", rule("severity: fatal"), /severity = fatal must be info, low, medium or high/],
    [
      "text as a number",
      rule("cooldown: soon"),
      /cooldown = soon must be a whole number of seconds.*edit rule 1 \(a\) in/,
    ],
    ["a fraction", "[{name: a, detector: fork_burst, threshold: 1.5, window_seconds: 1}]", /threshold = 1\.5 must be/],
    ["too many percent", "[{name: a, detector: system_psi_io, threshold_pct: 101, duration: 1}]", /up to 100/],
    [
      "a repeated name",
      "[{name: a, detector: fork_burst, threshold: 1, window_seconds: 1}, {name: a, detector: fork_burst, threshold: 2, window_seconds: 1}]",
      /rule 2 \(a\): has the name of an earlier rule/,
    ],
  ];
  for (const [what, text, expected] of refused) {
    it(`refuses ${what}`, () => {
      const faults = faultsOf(text);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0]!, expected);
    });
  }

  it("refuses more rules than an EC2 host's document has room for", () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      ...{ name: `rule-${index}`, detector: "fork_burst", threshold: 1, window_seconds: 1 },
    }));
    assert.deepEqual(faultsOf(JSON.stringify(many)), []);
    const [fault] = faultsOf(JSON.stringify(many), { host: "ec2", "aws:region": "us-east-1" });
    assert.match(fault!, /linnix:rules.*has room for 1500/);
  });

  it("gives cognitod the rules as a file that its configuration names", () => {
    const { settings } = parsedWith(good);
    assert.ok(settings !== undefined);
    const [config, rules, ...others] = localServices(settings).cognitod.files!;
    assert.deepEqual(others, []);
    const path = (parse(config!.parts.map(String).join("")) as { rules: { path: string } }).rules.path;
    assert.equal(path, `/etc/linnix/stack/${rules!.name}`);
    assert.deepEqual(JSON.parse(rules!.parts.map(String).join("")), [
      { name: "storm", detector: "forks_per_sec", threshold: 200, duration: 5, severity: "high", cooldown: 300 },
      { name: "stalled", detector: "system_psi_cpu", threshold_pct: 40.5, duration: 30 },
    ]);
  });

  it("accepts valid rules", () => {
    assert.deepEqual(faultsOf(good), []);
  });
});
