import assert from "node:assert/strict";
import * as fs from "node:fs";

import { parse } from "yaml";

import type { Definition } from "../../../../components/settings/definition";
import { keyOf, schema } from "../../../../components/settings/schema";
import { generatedFiles } from "../../../../scripts/docs/generated";
import { projectFile } from "../../../../scripts/docs/project-file";
import { settingsPage } from "../../../../scripts/docs/settings-page";

const definitions = Object.entries<Definition>(schema);

describe("generated files", function () {
  this.timeout(60_000);

  it("match what they are generated from; `npm run docs` updates them", async () => {
    const stale = (await generatedFiles()).filter((file) => file.stale);
    assert.deepEqual(
      stale.map(({ name }) => name),
      [],
    );
  });
});

describe("Pulumi.yaml", () => {
  const text = fs.readFileSync("Pulumi.yaml", "utf8");
  const document = parse(text) as { name: string; config: Record<string, { type: string; default: unknown }> };

  it("declares each setting that has a default, with its type and default, and no other", () => {
    assert.equal(document.name, "linnix");
    assert.deepEqual(
      Object.entries(document.config).map(([key, { type, default: value }]) => [key, type, value]),
      definitions
        .filter(([, definition]) => definition.default !== undefined)
        .map(([name, { type, default: value }]) => [keyOf(name), type, value]),
    );
  });

  it("lists every other setting in a comment, and marks the secrets", () => {
    for (const [name, { secret }] of definitions.filter(([, definition]) => definition.default === undefined)) {
      assert.match(text, new RegExp(`^# {3}${keyOf(name)}\n# {5}${secret === true ? "Secret\\. " : ""}[A-Z]`, "m"));
    }
  });

  it("keeps what is above the generated section", () => {
    assert.match(projectFile("# mine\nname: x\nconfig:\n  old: {}\n"), /^# mine\nname: x\nconfig:\n {2}linnix:host:\n/);
  });
});

describe("docs/SETTINGS.md", () => {
  it("has a section on each setting, grouped by the hosts that it applies to", () => {
    const [both = "", local = "", ec2 = ""] = settingsPage().split(/^## (?:Local|EC2) only$/m);
    const groups = { local, ec2 };
    for (const [name, { hosts = [], description }] of definitions) {
      const group = hosts.length === 0 ? both : hosts.map((kind) => groups[kind]).join("");
      assert.ok(group.includes(`### ${keyOf(name)}\n\n${description}\n`), name);
    }
  });
});

describe("a setting's description", () => {
  it("is made of full sentences", () => {
    for (const [name, { description }] of definitions) assert.match(description, /^\S.{15,}\.$/, name);
  });
});
