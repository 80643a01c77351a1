import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import fc from "fast-check";

import { projectFolder } from "../../scripts/lib/home";
import { ensureStack, sessionEnvironment } from "../../scripts/lib/pulumi";
import { tryRun } from "../../scripts/lib/run";
import { readContent } from "../../scripts/settings/config";
import type { Session } from "../../scripts/start/session";
import { scratchSession } from "../fixtures/scratch-session";

/** Pieces of scalars that the many versions of YAML read in many ways. */
const pieces = [
  ...[
    "0",
    "7",
    "8",
    "9",
    "010",
    "0x1F",
    "0b11",
    "0o17",
    "-",
    "+",
    ".",
    "e",
    "_",
    ":",
    "T",
    "Z",
    " ",
    "2026",
    "-01",
    "-2",
  ],
  ...[
    "yes",
    "no",
    "on",
    "true",
    "True",
    "null",
    "~",
    "inf",
    "a",
    "'",
    '"',
    "1e3",
    "1.0",
    "1_000",
    "9223372036854775807",
  ],
  ...["!!str ", "{a: 010, b: yes}", "[1, x, .5]", "#", "\\", "é", "<<", "12:30", "1e21"],
];

describe("the reader of settings files", function () {
  this.timeout(300_000);
  let folder: string;
  let session: Session;

  before("a stack with a state of its own", async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-settings-"));
    session = scratchSession("reader", folder);
    await ensureStack(session);
  });
  after("nothing stays", () => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** The values of a file by `pulumi config --json`; undefined if the CLI does not read it. */
  async function byPulumi(text: string): Promise<Record<string, unknown> | undefined> {
    const file = path.join(folder, "file.yaml");
    fs.writeFileSync(file, text);
    const args = ["config", "--json", "--stack", session.stack, "--config-file", file];
    const options = { cwd: projectFolder, env: { ...sessionEnvironment(session), TZ: "UTC" } };
    const { status, stdout } = await tryRun("pulumi", args, options);
    if (status !== 0) return undefined;
    const found = JSON.parse(stdout) as Record<string, { value?: string }>;
    // The CLI adds the defaults of Pulumi.yaml; the keys of the test are none of them.
    const ours = Object.entries(found).filter(([key]) => /^(linnix:k\d+|other:.*)$/.test(key));
    return Object.fromEntries(ours.map(([key, { value }]) => [key, parsed(value)]));
  }

  /** Objects are JSON text, in which the order of keys means nothing. */
  const parsed = (value: unknown): unknown =>
    typeof value === "string" && /^[[{]/.test(value) ? (JSON.parse(value) as unknown) : value;

  /** The values of a file by this project; undefined if it does not read it. */
  function byUs(text: string): Record<string, unknown> | undefined {
    try {
      return Object.fromEntries(Object.entries(readContent(text).config).map(([key, value]) => [key, parsed(value)]));
    } catch {
      return undefined;
    }
  }

  it("gives the same values as the CLI, whatever the scalars look like", async () => {
    const scalar = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));
    // Those that are no YAML alone would make a whole file unreadable.
    const readable = scalar.filter((value) => byUs(`config:\n  linnix:k0: ${value}\n`) !== undefined);
    for (const scalars of fc.sample(fc.array(readable, { minLength: 60, maxLength: 60 }), { seed: 6, numRuns: 10 })) {
      const text = `config:\n${scalars.map((value, index) => `  linnix:k${index}: ${value}\n`).join("")}`;
      assert.deepEqual(byUs(text), await byPulumi(text), text);
    }
  });

  const files: readonly (readonly [what: string, text: string])[] = [
    ["keys with and without a namespace", "config:\n  k9: ec2\n  other:config:x: y\n  other:y: [a, {b: ~}]\n"],
    ["merge keys and aliases", "config:\n  k0: &a {p: 1}\n  k1: {<<: *a, q: *a}\n"],
    ["a byte order mark", "\uFEFFconfig:\n  k0: 1\n"],
    ["two documents", "config:\n  k0: 1\n---\nconfig:\n  k0: 2\n"],
    ["JSON", '{"config": {"k0": "010", "k1": 10}}'],
    ["values in blocks", "config:\n  k0: |\n    a\n    b\n  k1: >-\n    c\n    d\n"],
    ["a key that is no text", "config:\n  1: x\n"],
    ["a list of settings", "config: [1, 2]\n"],
    ["a key twice", "config:\n  k0: 1\n  k0: 2\n"],
    ["no YAML", "config: [unclosed"],
  ];
  for (const [what, text] of files) {
    it(`reads a file with ${what} as the CLI does, or refuses it as the CLI does`, async () => {
      assert.deepEqual(byUs(text), await byPulumi(text));
    });
  }
});
