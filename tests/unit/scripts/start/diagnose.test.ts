import assert from "node:assert/strict";

import type { RawSettings } from "../../../../components/settings/validate";
import { type Probes, usualCauses } from "../../../../scripts/start/diagnose";
import { settingsOf } from "../../../fixtures/settings";

const localSettings = (raw: RawSettings) => settingsOf(raw, { stack: "local", unchecked: true });
const well: Probes = {
  reachable: () => Promise.resolve(true),
  available: () => Promise.resolve(true),
  engineAnswers: () => Promise.resolve(true),
  freeDisk: () => [],
};
const away: Probes = {
  ...well,
  reachable: () => Promise.resolve(false),
  available: () => Promise.resolve(false),
};

describe("the usual causes of a failed update", () => {
  it("are not reported if none applies", async () => {
    assert.deepEqual(await usualCauses(localSettings({}), well), []);
  });

  it("name upstream and the registries if they are needed and not reachable, each with its remedy", async () => {
    const text = (await usualCauses(localSettings({}), away)).join("\n");
    assert.match(text, /linnix-os\/linnix is not reachable.*config set linnix:source/);
    assert.match(text, /Not reachable: registry-1.docker.io, ghcr.io.*config set linnix:bases auto/);
  });

  it("leave out what the settings don't need", async () => {
    const settings = localSettings({ source: "sample", bases: "archive", baseImages: { runtime: "a" } });
    assert.deepEqual(await usualCauses(settings, away), []);
  });

  it("name an engine that is gone, and a full disk", async () => {
    const bad: Probes = {
      ...well,
      engineAnswers: () => Promise.resolve(false),
      freeDisk: () => [{ problem: "is too little", remedy: "free some" }],
    };
    const causes = await usualCauses(localSettings({}), bad);
    assert.equal(causes.length, 2);
    assert.match(causes.join("\n"), /no longer answers[^]*too little\. free some/);
  });
});
