import assert from "node:assert/strict";

import { BadInput } from "../../../../scripts/lib/errors";
import { hostRequest, requireKnown } from "../../../../scripts/host/request";

const plain = { since: undefined, json: false };

function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof BadInput, String(error));
    return error.message;
  }
  return assert.fail("accepted");
}

describe("the arguments of npm run host", () => {
  it("are a command with what belongs to it", () => {
    assert.deepEqual(hostRequest(["status"], { ...plain, json: true }), { kind: "status", json: true });
    assert.deepEqual(hostRequest(["history"], plain), { kind: "history", json: false });
    assert.deepEqual(hostRequest(["rollback"], plain), { kind: "rollback", release: undefined });
    assert.deepEqual(hostRequest(["rollback", "d15c2adc681cb4a5"], plain), {
      kind: "rollback",
      release: "d15c2adc681cb4a5",
    });
    assert.deepEqual(hostRequest(["shell"], plain), { kind: "shell" });
  });

  for (const [since, seconds] of [
    [undefined, 3600],
    ["42m", 2520],
    ["90s", 90],
    ["2h", 7200],
    ["3d", 259_200],
    ["1w", 604_800],
  ] as const) {
    it(`read --since ${since ?? "left out"} as ${seconds} seconds`, () => {
      assert.deepEqual(hostRequest(["logs", "llama"], { ...plain, since }), {
        kind: "logs",
        service: "llama",
        seconds,
      });
    });
  }

  for (const since of [
    "",
    "42",
    "m",
    "-1m",
    "0m",
    "1.5h",
    "1h30m",
    "42M",
    "42 m",
    "9999999999s",
    "999999w",
    "now; id",
  ]) {
    it(`refuse --since '${since}', and say what is allowed`, () => {
      const message = refusal(() => hostRequest(["logs", "llama"], { ...plain, since }));
      assert.match(message, /^--since = .*: must be a whole number from 1 with s, m, h, d or w/);
      assert.match(message, /--since 42m/);
    });
  }

  const refused: [string, string[], Partial<{ since: string; json: boolean }>, RegExp][] = [
    ["no command", [], {}, /^command: is missing; pass one of status, history, rollback, logs, shell/],
    ["another command", ["restart"], {}, /^command = restart: must be one of status, history/],
    ["more than a command takes", ["shell", "ls"], {}, /^arguments = ls: shell takes none/],
    ["two releases", ["rollback", "a", "b"], {}, /^arguments = b: rollback takes one/],
    ["a release that is no word", ["rollback", "a;reboot"], {}, /^release = a;reboot: must be a release's id/],
    ["a release that is a path", ["rollback", "../x"], {}, /^release = /],
    ["logs of nothing", ["logs"], {}, /^service: is missing/],
    ["--since elsewhere", ["history"], { since: "1h" }, /^--since = 1h: is for logs only/],
    ["--json elsewhere", ["shell"], { json: true }, /^--json: is for status and history only/],
  ];
  for (const [what, words, options, expected] of refused) {
    it(`refuse ${what}`, () => {
      assert.match(
        refusal(() => hostRequest(words, { ...plain, ...options })),
        expected,
      );
    });
  }

  it("refuse a service without a log, and name those that have one", () => {
    requireKnown("llama", ["cognitod", "llama"]);
    const message = refusal(() => {
      requireKnown("lama", ["cognitod", "llama"]);
    });
    assert.match(message, /^service = lama: has no log in this stack; allowed: cognitod, llama$/m);
  });
});
