import assert from "node:assert/strict";

import fc from "fast-check";

import { readContent } from "../../../../scripts/settings/config";

/** What Go's yaml.v3 and Pulumi 3.259 make of plain scalars; the layer `pulumi` compares with the CLI itself. */
const scalars: readonly (readonly [source: string, passed: string])[] = [
  ["8080", "8080"],
  ["010", "8"],
  ["08", "8"],
  ["0o17", "15"],
  ["0x1F", "31"],
  ["0b11", "3"],
  ["1_000", "1000"],
  ["+5", "5"],
  ["-0", "0"],
  ["18446744073709551615", "18446744073709551615"],
  ["18446744073709551616", "18446744073709552000"],
  ["1.0", "1"],
  ["1e3", "1000"],
  ["1e21", "1e+21"],
  [".5", "0.5"],
  [".1_000", "0.1"],
  ["._1", "._1"],
  ["0.1e-7", "1e-8"],
  ["12:30", "12:30"],
  ["yes", "yes"],
  ["on", "on"],
  ["TRUE", "true"],
  ["False", "false"],
  ["~", ""],
  ["Null", ""],
  ["nan", "nan"],
  ["2026-01-02", "2026-01-02 00:00:00 +0000 UTC"],
  ["2026-1-2 3:4:5.60", "2026-01-02 03:04:05.6 +0000 UTC"],
  ["2026-02-30", "2026-02-30"],
  ["'010'", "010"],
  ['"true"', "true"],
  ["!!str 010", "010"],
  ["a # comment", "a"],
  ["a#b", "a#b"],
  ["t3.large", "t3.large"],
];

describe("a settings file's values", () => {
  for (const [source, passed] of scalars) {
    it(`are those that Pulumi passes on: ${source} is ${passed}`, () => {
      assert.deepEqual(readContent(`config:\n  linnix:key: ${source}\n`).config, { "linnix:key": passed });
    });
  }

  it("keep maps and lists, merge keys and aliases resolved", () => {
    const text = "config:\n  a: &x {p: 010, q: yes}\n  b: {<<: *x, q: [1, .5, null]}\n";
    assert.deepEqual(readContent(text).config, {
      "linnix:a": { p: 8, q: "yes" },
      "linnix:b": { p: 8, q: [1, 0.5, null] },
    });
  });

  it("have the project's namespace if they have none, and Pulumi's old one is understood", () => {
    const text = "config:\n  host: ec2\n  aws:region: us-east-1\n  linnix:config:owner: me\n";
    assert.deepEqual(readContent(text).config, {
      "linnix:host": "ec2",
      "aws:region": "us-east-1",
      "linnix:owner": "me",
    });
  });

  it("are JSON values as they are in JSON", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ unit: "grapheme" })), (values) => {
        const named = Object.entries(values).map(([name, value]) => [`linnix:${name}`, value]);
        const config = Object.fromEntries(named) as Record<string, string>;
        assert.deepEqual(readContent(JSON.stringify({ config })).config, config);
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  const refused: readonly (readonly [what: string, text: string, expected: RegExp])[] = [
    [
      "sets a key twice under two names",
      "config:\n  host: ec2\n  linnix:host: local\n",
      /linnix:host twice, as host and/,
    ],
    ["sets a key twice", "config:\n  linnix:a: 1\n  linnix:a: 2\n", /./],
    ["has a key that is not text", "config:\n  1: x\n", /key that is not text in line 2/],
    ["has a key in a namespace of a namespace", "config:\n  a:b:c: x\n", /the key a:b:c/],
    ["has no number", "config:\n  linnix:a: .nan\n", /\.nan in line 2/],
    ["has a tag", "config:\n  linnix:a: !!binary aGk=\n", /the tag .*binary/],
    ["has an endless alias", "config: &a\n  linnix:a: *a\n", /alias/],
    ["is empty", "", /no key `config`/],
    ["has comments only", "# nothing\n", /no key `config`/],
    ["has the settings at its top", "linnix:host: ec2\n", /no key `config`/],
    ["has a list of settings", "config: [1, 2]\n", /a map under `config`/],
    ["has nothing under config", "config:\n", /a map under `config`/],
    ["is a list", "- 1\n", /must be a map/],
    ["is text", "config\n", /must be a map/],
  ];
  for (const [what, text, expected] of refused) {
    it(`are refused from a file that ${what}`, () => {
      assert.throws(() => readContent(text), expected);
    });
  }

  it("may be none, if the file says so, or if they come from an environment", () => {
    assert.deepEqual(readContent("config: {}\n"), { config: {}, whole: { config: {} }, hasEnvironment: false });
    assert.equal(readContent("environment: [prod]\n").hasEnvironment, true);
    assert.equal(readContent("environment:\nconfig: {}\n").hasEnvironment, false);
  });
});
