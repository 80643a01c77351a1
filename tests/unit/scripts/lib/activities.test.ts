import assert from "node:assert/strict";

import { type Activity, elapsed, heartbeat, liveLines, rows, toAnnounce } from "../../../../scripts/lib/activities";

/** An activity that began at second 0, unless stated otherwise. */
function activity(id: number, text: string, more: Partial<Activity> = {}): Activity {
  return { id, name: "pulumi up", text, started: 0, whole: undefined, brief: false, announced: false, ...more };
}

const both = [
  activity(1, "updating"),
  activity(2, "building image cognitod", { whole: 1 }),
  activity(3, "fetching the model", { whole: 1, started: 85_000 }),
];

describe("activities in progress", () => {
  it("give a live line each, with its age, the parts instead of the whole", () => {
    assert.deepEqual(liveLines(both, 125_000, 80, 10), [
      "pulumi up    building image cognitod (2 min 05 s)",
      "pulumi up    fetching the model (40 s)",
    ]);
    assert.deepEqual(liveLines([activity(1, "updating")], 400, 80, 10), ["pulumi up    updating"]);
  });

  it("are cut to the terminal's width, and keep the age", () => {
    const lines = liveLines(both, 125_000, 40, 10);
    assert.deepEqual(lines, ["pulumi up    building imag… (2 min 05 s)", "pulumi up    fetching the model (40 s)"]);
    for (const width of [1, 5, 20]) {
      for (const line of liveLines(both, 125_000, width, 10)) assert.ok(line.length <= width, line);
    }
  });

  it("have results in as many lines as the terminal needs, the text in a column of its own; an address stays whole", () => {
    for (const width of [80, 120]) {
      const text = `${"some words that explain ".repeat(9)}https://example.test/${"a".repeat(130)}`;
      const lines = rows("choice", text, width);
      assert.equal(lines.map((line) => line.slice(13)).join(" "), text);
      assert.deepEqual([lines[0]?.slice(0, 13), lines[1]?.slice(0, 13)], ["choice       ", "             "]);
      for (const line of lines.slice(0, -1)) assert.ok(line.length <= width, line);
      assert.ok((lines[0] ?? "").length > width - 10, "the width is used");
    }
  });

  it("are counted where the terminal has too few rows", () => {
    assert.deepEqual(
      liveLines(
        [1, 2, 3].map((id) => activity(id, `part ${id}`)),
        500,
        80,
        2,
      ),
      ["pulumi up    part 1", "             and 2 more"],
    );
  });

  it("are announced once, when they have lasted a moment", () => {
    const names = (activities: readonly Activity[], now: number) => toAnnounce(activities, now).map(({ text }) => text);
    assert.deepEqual(names(both, 85_500), ["building image cognitod"]);
    assert.deepEqual(names(both, 86_000), ["building image cognitod", "fetching the model"]);
    assert.deepEqual(names([activity(1, "known", { announced: true })], 5_000), []);
    assert.deepEqual(names([activity(1, "checking", { brief: true })], 5_000), []);
  });

  it("are all named after 20 seconds of silence", () => {
    assert.equal(heartbeat(both, 125_000, 106_000), undefined);
    assert.equal(
      heartbeat(both, 125_000, 105_000),
      "in progress  building image cognitod (2 min 05 s), fetching the model (40 s)",
    );
    assert.equal(heartbeat([], 125_000, 0), undefined);
  });

  it("have an age in seconds, and in minutes from one on", () => {
    assert.deepEqual([400, 8_000, 59_600, 125_000].map(elapsed), ["0 s", "8 s", "1 min 00 s", "2 min 05 s"]);
  });
});
