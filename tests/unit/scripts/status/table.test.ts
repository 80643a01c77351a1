import assert from "node:assert/strict";

import type { Observation } from "../../../../components/health/observation";
import type { HealthReport } from "../../../../components/health/report";
import { type Snapshot, duration, tableLines } from "../../../../scripts/status/table";
import { usagesFrom, withUsages } from "../../../../scripts/status/usage";

const at = Date.parse("2026-11-27T12:00:00Z");
const report: HealthReport = {
  ...{ healthy: true, release: "0123456789abcdef", since: "2026-11-27T11:25:00Z" },
  kernel: { release: "6.12.7", btf: true, tracefs: true, psi: true, preflight: "passed" },
  cognitod: {
    ...{ status: "healthy", kernelInstrumentation: "attached", transport: "ringbuf", detail: "ready" },
    endpoint: "http://127.0.0.1:9464/readyz",
  },
  llama: { status: "healthy", detail: "model loaded", endpoint: "http://127.0.0.1:8090/health" },
};
const service = { state: "running", running: true, restarts: 2, log: ["first", "a\u001b[31m last\tline "] };
const usages = usagesFrom(
  "mine",
  '{"Name":"linnix-mine-cognitod","CPUPerc":"4.17%","MemUsage":"21.67MiB / 512MiB"}\n',
  "/linnix-mine-cognitod 2026-11-27T09:30:00.5Z\n/linnix-mine-llama 2026-11-27T09:30:00Z\n",
);
const observation: Observation = withUsages({ cognitod: service, llama: service }, usages);
const snapshot: Snapshot = { report, observation, at, insight: "one two three ".repeat(40) };
const drawn = (seen: Partial<Snapshot> = {}, columns = 80, rows = 30) =>
  tableLines("mine", { ...snapshot, ...seen }, 10, at + 4_000, columns, rows);
const textOf = (...args: Parameters<typeof drawn>): string =>
  drawn(...args)
    .map(({ text }) => text)
    .join("\n");

describe("the table of npm run status", () => {
  it("has each service's state, how long it runs, what it uses, its restarts and its last line of log", () => {
    const text = textOf();
    assert.match(text, /^stack mine: healthy for 35 min 04 s, release 0123456789abcdef$/m);
    assert.match(text, /^cognitod +healthy +2 h 30 min +4\.17% +21\.67MiB \/ 512MiB +2$/m);
    // Of llama the engine told nothing: what is not known is not made up.
    assert.match(text, /^llama +healthy +- +- +- +2$/m);
    assert.match(text, /^ +log: a last line$/m);
    assert.match(text, /^insight +one two three/m);
    assert.match(text, /\nseen 4 s ago, again every 10 s; Ctrl-C ends$/);
    assert.match(tableLines("mine", snapshot, undefined, at, 80, 30).at(-1)!.text, /^seen 0 s ago$/);
  });

  it("shows what a host measured without what would control the terminal, and in its column", () => {
    const usage = { started: "2026-11-27T09:30:00Z", cpu: "\u001b[31m4%", memory: "1GiB".repeat(40) };
    const lines = drawn({ observation: { cognitod: { ...service, usage }, llama: service } });
    assert.match(lines[2]!.text, /^cognitod +healthy +2 h 30 min +4% +(1GiB)+1?G?…? +2$/);
  });

  it("fits into any terminal, its last line included", () => {
    for (const columns of [20, 40, 80, 120, 200]) {
      for (const rows of [3, 10, 30]) {
        const lines = drawn({ report: { ...report, problems: ["p".repeat(300), "q ".repeat(300)] } }, columns, rows);
        assert.ok(lines.length <= rows, `${columns} x ${rows}: ${lines.length} lines`);
        for (const { text } of lines) assert.ok(text.length <= columns, `${columns}: ${text}`);
        assert.match(lines.at(-1)!.text, /^seen/);
      }
    }
    assert.equal(drawn({}, 80).filter(({ text }) => text.includes("one two three")).length, 3);
  });

  it("shows what is wrong in another tone than what is well", () => {
    const sick = { ...report.llama, status: "unhealthy", detail: "the weights are torn" } as const;
    const lines = drawn({ report: { ...report, healthy: false, llama: sick, problems: ["the disk is full"] } });
    const toneOf = (pattern: RegExp) => lines.find(({ text }) => pattern.test(text))?.tone;
    assert.equal(toneOf(/^stack mine: NOT healthy/), "bad");
    assert.deepEqual([toneOf(/^cognitod/), toneOf(/^llama/), toneOf(/^problem/)], ["good", "bad", "bad"]);
    const degraded = { ...report.cognitod, status: "degraded" } as const;
    assert.equal(drawn({ report: { ...report, cognitod: degraded } })[2]?.tone, "fair");
  });

  it("shows a language model that the stack does not run without what only a container has", () => {
    const external = { ...report.llama, status: "external" } as const;
    const { llama: _, ...observed } = observation;
    const text = textOf({ report: { ...report, llama: external }, observation: observed });
    assert.match(text, /^llama +external +- +- +- +-$/m);
    assert.equal(text.match(/log: /g)?.length, 1);
  });

  it("says that it asks, before anything was seen", () => {
    assert.deepEqual(tableLines("mine", undefined, 10, at, 80, 30), [
      { text: "stack mine: asking for its state", tone: "plain" },
    ]);
  });
});

describe("a duration", () => {
  it("has the two units that matter", () => {
    const minute = 60_000;
    const shown = [-5, 8_000, 2 * minute, 90 * minute, 47 * 60 * minute, 49 * 60 * minute].map(duration);
    assert.deepEqual(shown, ["0 s", "8 s", "2 min 00 s", "1 h 30 min", "47 h 0 min", "2 d 1 h"]);
  });
});
