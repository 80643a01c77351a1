import assert from "node:assert/strict";

import type { HealthReport } from "../../../../components/health/report";
import { type Screen, watch } from "../../../../scripts/status/watch";
import type { Snapshot } from "../../../../scripts/status/table";

const service = { state: "running", running: true, restarts: 0, log: [] };
const snapshot = (release: string): Snapshot => ({
  report: {
    ...{ healthy: true, release, since: "2026-11-27T11:25:00Z" },
    kernel: { release: "6.12.7", btf: true, tracefs: true, psi: true, preflight: "passed" },
    cognitod: {
      status: "healthy",
      kernelInstrumentation: "attached",
      transport: "ringbuf",
      detail: "d",
      endpoint: "e",
    },
    llama: { status: "healthy", detail: "d" },
  } satisfies HealthReport,
  observation: { cognitod: service, llama: service },
  at: 0,
});

/** A terminal that keeps what it shows: a write moves up, clears, and writes lines. */
class Shown implements Screen {
  columns = 80;
  rows = 24;
  text = "";
  private lines: string[] = [];
  constructor(readonly hasColors = () => false) {}
  write = (text: string): void => {
    this.text += text;
    // eslint-disable-next-line no-control-regex -- the terminal's own
    const [, up = "0", rest = ""] = /^(?:\u001b\[(\d+)A\r\u001b\[J)?([^]*)$/.exec(text) ?? [];
    this.lines = [...this.lines.slice(0, this.lines.length - Number(up)), ...rest.split("\n").slice(0, -1)];
  };
  get shown(): string[] {
    return this.lines;
  }
}

describe("npm run status in a terminal", () => {
  it("redraws in place, each look with what the one before saw, until it is ended; the last table stays", async () => {
    const [screen, stop] = [new Shown(), new AbortController()];
    const abort = () => {
      stop.abort();
    };
    const before: (string | undefined)[] = [];
    const look = (seen: Snapshot | undefined): Promise<Snapshot> => {
      before.push(seen?.report.release);
      if (before.length === 3) setImmediate(abort);
      return Promise.resolve(snapshot(`release-${before.length}`));
    };
    const seen = await watch({ stack: "mine", every: 0, look }, screen, stop.signal, () => 0);
    assert.deepEqual(before.slice(0, 3), [undefined, "release-1", "release-2"]);
    assert.equal(screen.shown.filter((line) => line.startsWith("stack mine")).length, 1, "a table above the table");
    assert.match(screen.shown[0]!, new RegExp(`release ${seen!.report.release}$`));
    assert.match(screen.shown.at(-1)!, /^seen 0 s ago$/);
  });

  it("shows the whole table on a terminal that does not know its size", async () => {
    const [screen, stop] = [new Shown(), new AbortController()];
    [screen.columns, screen.rows] = [0, 0];
    const look = (): Promise<Snapshot> => {
      setImmediate(() => {
        stop.abort();
      });
      return Promise.resolve(snapshot("release-1"));
    };
    await watch({ stack: "mine", every: 0, look }, screen, stop.signal, () => 0);
    for (const line of [/^cognitod +healthy/, /^llama +healthy/, /^kernel +6\.12\.7/])
      assert.ok(
        screen.shown.some((shown) => line.test(shown)),
        String(line),
      );
  });

  it("keeps what was seen before it was ended, whatever the look that was interrupted says", async () => {
    const [screen, stop] = [new Shown(), new AbortController()];
    let looks = 0;
    const look = (): Promise<Snapshot> => {
      looks += 1;
      if (looks === 1) return Promise.resolve(snapshot("good"));
      stop.abort();
      return looks === 2 ? Promise.resolve(snapshot("interrupted")) : Promise.reject(new Error("killed"));
    };
    assert.equal((await watch({ stack: "mine", every: 0, look }, screen, stop.signal))?.report.release, "good");
    const ended = new AbortController();
    const killed = watch(
      {
        ...{ stack: "mine", every: 0 },
        look: () => {
          ended.abort();
          return Promise.reject(new Error("killed"));
        },
      },
      screen,
      ended.signal,
    );
    assert.equal(await killed, undefined);
  });

  it("fails with what a look fails with", async () => {
    const look = () => Promise.reject(new Error("no state"));
    await assert.rejects(
      watch({ stack: "mine", every: 0, look }, new Shown(), new AbortController().signal),
      /no state/,
    );
  });

  it("has colours only where the terminal has them and they are wanted", async () => {
    for (const wanted of [true, false]) {
      const [screen, stop] = [new Shown(() => wanted), new AbortController()];
      const abort = () => {
        stop.abort();
      };
      const look = () => {
        setImmediate(abort);
        return Promise.resolve(snapshot("r"));
      };
      await watch({ stack: "mine", every: 1, look }, screen, stop.signal);
      assert.equal(screen.text.includes("\u001b[32m"), wanted);
    }
  });
});
