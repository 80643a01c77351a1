import assert from "node:assert/strict";

import { settle } from "../../components/settings/settings";
import type { RawSettings } from "../../components/settings/validate";
import { validate } from "../../components/settings/validate";
import { type Probes, usualCauses } from "../../scripts/lib/diagnose";

const world = { stack: "local", exists: () => "folder" as const, isSecret: () => true };
const settingsOf = (raw: RawSettings) => settle(validate(raw, world).values, "local", 1);
const well: Probes = {
  reachable: () => Promise.resolve(true),
  engineAnswers: () => Promise.resolve(true),
  freeDisk: () => [],
};
const away: Probes = { ...well, reachable: () => Promise.resolve(false) };

describe("the usual causes of a failed update", () => {
  it("are not told where none holds", async () => {
    assert.deepEqual(await usualCauses(settingsOf({}), well), []);
  });

  it("name upstream and the registries when they are out of reach and needed, each with its remedy", async () => {
    const text = (await usualCauses(settingsOf({}), away)).join("\n");
    assert.match(text, /linnix-os\/linnix is out of reach.*config set linnix:source/);
    assert.match(text, /Out of reach: registry-1.docker.io, ghcr.io.*config set linnix:bases auto/);
  });

  it("leave out what the settings don't need", async () => {
    const settings = settingsOf({ source: "sample", bases: "archive", baseImages: { runtime: "a" } });
    assert.deepEqual(await usualCauses(settings, away), []);
  });

  it("name an engine that is gone, and a full disk", async () => {
    const bad: Probes = {
      ...well,
      engineAnswers: () => Promise.resolve(false),
      freeDisk: () => [{ problem: "is too little", remedy: "free some" }],
    };
    const causes = await usualCauses(settingsOf({}), bad);
    assert.equal(causes.length, 2);
    assert.match(causes.join("\n"), /no longer answers[^]*too little\. free some/);
  });
});
