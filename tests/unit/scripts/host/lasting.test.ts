import assert from "node:assert/strict";

import { type Update, differences, lastingText, makerOf } from "../../../../scripts/host/lasting";
import type { HistoryEntry } from "../../../../scripts/host/texts";

const entry = (release: string, at: string, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...{ release, at, outcome: "healthy", phase: "done", step: null, detail: "", seconds: 1, restored: null },
  ...more,
});
const update = (startTime: string, commit: string, config: Record<string, string> = {}): Update => ({
  kind: "update",
  startTime,
  environment: { "git.head": commit },
  config: Object.fromEntries(Object.entries(config).map(([key, value]) => [key, { value }])),
});
const history = [
  entry("a", "2026-11-01T10:00:00Z"),
  entry("b", "2026-11-02T10:00:00Z"),
  entry("a", "2026-11-03T10:00:00Z"),
];
/** The newest first, as Pulumi prints them. */
const updates = [
  update("2026-11-02T09:59:00.000Z", "commit-b", { "linnix:llamaContext": "8192" }),
  { ...update("2026-11-01T11:00:00.000Z", "none"), kind: "refresh" },
  update("2026-11-01T09:59:00.000Z", "commit-a", { "linnix:llamaContext": "4096" }),
  update("2026-10-01T09:59:00.000Z", "older"),
];

describe("what makes a rollback last", () => {
  it("is the commit and the settings of the update that made the release", () => {
    const text = lastingText("dev", "a", "b", history, updates);
    assert.match(text, /^Stack dev still asks for release b: the next `pulumi up --refresh`/);
    assert.match(text, /To keep release a, .* in the update of 2026-11-01T09:59:00\.000Z:$/m);
    assert.match(text, /^ {2}checkout: commit commit-a; the newest update: commit-b$/m);
    assert.match(text, /^ {2}linnix:llamaContext: 4096; the newest update: 8192$/m);
    assert.match(text, /pulumi up --refresh --stack dev` keeps it\.$/);
  });

  it("is found by the first time that the host applied it, and only among updates", () => {
    assert.equal(makerOf("a", history, updates)?.environment?.["git.head"], "commit-a");
    assert.equal(makerOf("b", history, updates)?.environment?.["git.head"], "commit-b");
    assert.equal(makerOf("c", history, updates), undefined);
    const failed = [entry("a", "2026-10-02T00:00:00Z", { outcome: "failed" }), ...history];
    assert.equal(makerOf("a", failed, updates)?.environment?.["git.head"], "commit-a");
  });

  it("is told in general where the histories do not know it", () => {
    for (const known of [lastingText("dev", "a", "b", [], updates), lastingText("dev", "a", "b", history, [])])
      assert.match(known, /revert the change since then.*pulumi stack history --stack dev/);
  });

  it("is nothing where the stack asks for what runs", () => {
    assert.match(lastingText("dev", "a", "a", history, updates), /does not change it/);
  });

  it("says so where no difference is recorded, and of changes that were not committed", () => {
    const same = [update("2026-11-02T09:59:00Z", "x"), update("2026-11-01T09:59:00Z", "x")];
    assert.match(lastingText("dev", "a", "b", history, same), /neither the commit nor a setting differs/);
    const dirty: Update = { ...same[0]!, environment: { "git.head": "x", "git.dirty": "true" } };
    assert.deepEqual(differences(same[1]!, dirty), ["checkout: commit x; the newest update: x with other changes"]);
  });

  it("has no secret and no password of an address", () => {
    const then: Update = {
      startTime: "",
      config: { "linnix:apiToken": { secret: true }, "linnix:model": { value: "https://me:pass-word@x/a" } },
    };
    const now: Update = { startTime: "", config: { "linnix:apiToken": { secret: true } } };
    assert.deepEqual(differences(then, now), ["linnix:model: https://…@x/a; the newest update: not set"]);
  });
});
