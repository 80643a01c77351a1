import assert from "node:assert/strict";

import { historyText, statusText } from "../../../../scripts/host/texts";
import { view, well } from "../../../fixtures/rolling";

describe("a host's words for people", () => {
  it("have a line for each release of the history, under a title", () => {
    assert.match(historyText([]), /No release was applied yet/);
    const entry = { phase: "probe", restored: null } as const;
    const text = historyText([
      {
        ...entry,
        release: "a",
        outcome: "healthy",
        at: "2026-11-24T12:00:00Z",
        seconds: 95.1,
        step: null,
        detail: "ready",
      },
      {
        ...entry,
        release: null,
        outcome: "rolled-back",
        at: "2026-11-24T13:00:00Z",
        seconds: 2,
        step: "llama",
        detail: "no",
      },
    ]);
    assert.deepEqual(text.split("\n"), [
      "at                    release  outcome      took  detail",
      "2026-11-24T12:00:00Z  a        healthy      95 s  ready",
      "2026-11-24T13:00:00Z  unknown  rolled-back  2 s   llama: no",
      "",
    ]);
  });

  it("name the release, the services and the problems, and another release only if one is asked for", () => {
    const usage = { started: "2026-11-24T12:00:00Z", cpu: "1.5%", memory: "20MiB / 512MiB" };
    const text = statusText({ ...view, services: { ...view.services, "linnix-dev-llama": { ...well, usage } } }, "dev");
    assert.match(text, /^cognitod +running, 0 restarts, probe: 200$/m);
    assert.match(text, /^llama +running, 0 restarts, probe: 200, CPU 1\.5%, memory 20MiB \/ 512MiB$/m);
    assert.match(text, /^host +healthy\nrelease +release-2\nkernel/);
    const torn = { ...well, ready: { status: 0, body: "" } };
    const bad = statusText(
      {
        ...view,
        healthy: false,
        desired: "release-3",
        dataUsedPercent: null,
        problems: ["one"],
        services: { "linnix-dev-llama": torn },
      },
      "dev",
    );
    for (const line of [
      "host NOT healthy",
      "asked for release-3",
      "data volume not mounted",
      "problem one",
      "llama running, 0 restarts, probe: no answer",
    ])
      assert.ok(bad.replace(/ +/g, " ").includes(`${line}\n`), bad);
  });
});
