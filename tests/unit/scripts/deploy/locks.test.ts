import assert from "node:assert/strict";

import { type Evidence, type WorkflowRun, areOver, judge, lockedText, locksIn } from "../../../../scripts/deploy/locks";

/** What CLI 3.259 writes. */
const refused = (...holders: string[]): string =>
  [
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.",
    ...holders.map(
      (holder, index) => `  s3://state/.pulumi/locks/organization/linnix/dev/${index}.json: created by ${holder}`,
    ),
    "",
  ].join("\n");

const runner = "runner@fv-az1-42 (pid 2431) at 2026-11-27T10:00:30Z";
const run = (databaseId: number, from: string, to: string, conclusion: string): WorkflowRun => ({
  ...{ databaseId, conclusion, status: conclusion === "" ? "in_progress" : "completed" },
  startedAt: `2026-11-27T${from}:00Z`,
  updatedAt: `2026-11-27T${to}:00Z`,
  url: `https://github.com/o/r/actions/runs/${databaseId}`,
});
const killed = run(7, "09:58", "10:04", "cancelled");
const evidence: Evidence = { host: "here", updating: [], runs: [killed], ownRun: 9 };

describe("a lock of a stack", () => {
  const verdict = (holder: string, known: Partial<Evidence> = {}) =>
    judge(locksIn(refused(holder))[0]!, { ...evidence, ...known });

  it("is read from Pulumi's refusal, and from no other error", () => {
    assert.deepEqual(locksIn(refused(runner, "me@here (pid 5) at 2026-11-27T10:00:00+01:00")), [
      {
        place: "s3://state/.pulumi/locks/organization/linnix/dev/0.json",
        ...{ user: "runner", host: "fv-az1-42", pid: 2431, since: "2026-11-27T10:00:30Z" },
      },
      {
        place: "s3://state/.pulumi/locks/organization/linnix/dev/1.json",
        ...{ user: "me", host: "here", pid: 5, since: "2026-11-27T10:00:00+01:00" },
      },
    ]);
    assert.deepEqual(locksIn(`error: update failed\n  x: created by ${runner}`), []);
  });

  const cases: [string, string, Partial<Evidence>, "running" | "over" | "unknown", RegExp][] = [
    ["a process of this machine that runs", "me@here (pid 5) at x", { updating: [5] }, "running", /still runs/],
    ["a process of this machine that ended", "me@here (pid 5) at x", { updating: [6] }, "over", /not run any more/],
    ["another machine", "me@laptop (pid 5) at x", { updating: [5] }, "unknown", /only laptop can tell/],
    ["a run that was cancelled", runner, {}, "over", /runs\/7 made it and is over: cancelled/],
    ["a run that is at work", runner, { runs: [run(8, "09:59", "10:01", "")] }, "running", /runs\/8 .*still runs/],
    // Two may have been there at that time: the one that still runs counts.
    ["one of two runs", runner, { runs: [killed, run(8, "09:30", "10:30", "")] }, "running", /runs\/8/],
    [
      "an earlier run than the one that asks",
      runner,
      { runs: [run(9, "09:40", "10:30", ""), killed] },
      "over",
      /runs\/7/,
    ],
    ["a run that nobody knows", runner, { runs: [run(7, "08:00", "09:00", "success")] }, "unknown", /no run/],
    ["a runner, without GitHub's CLI", runner, { runs: undefined }, "unknown", /gh auth status/],
  ];
  for (const [whose, holder, known, state, why] of cases) {
    it(`of ${whose}: ${state}`, () => {
      const found = verdict(holder, known);
      assert.equal(found.state, state);
      assert.match(found.why, why);
    });
  }

  it("is told with who holds it, since when, and what to do", () => {
    const text = (holders: string[], known: Partial<Evidence> = {}) => {
      const locks = locksIn(refused(...holders)).map((lock) => ({
        ...lock,
        ...judge(lock, { ...evidence, ...known }),
      }));
      return { text: lockedText("dev", locks), over: areOver(locks) };
    };
    const over = text([runner]);
    assert.match(
      over.text,
      /^Stack dev is locked:\n {2}by runner@fv-az1-42, process 2431, since 2026-11-27T10:00:30Z: the run /,
    );
    assert.match(over.text, /\n.*`npm run deploy -- dev --take-over` removes the lock/);
    assert.equal(over.over, true);
    const laptop = "me@laptop (pid 5) at x";
    assert.match(text([laptop]).text, /If you know that it is over: `pulumi cancel --stack dev`/);
    const running = text([runner, laptop], { runs: [run(8, "09:59", "10:01", "")] });
    assert.deepEqual([running.over, running.text.includes("Wait for its end")], [false, true]);
    // One that is over does not free what another may hold.
    assert.equal(text([runner, laptop]).over, false);
    assert.equal(areOver([]), false);
  });
});
