import assert from "node:assert/strict";

import { Failure } from "../../../../scripts/lib/errors";
import { PulumiFailed } from "../../../../scripts/lib/operation";
import type { Changes } from "../../../../scripts/lib/pulumi";
import type { BuildsAgain } from "../../../../scripts/start/failed-build";
import { updateWithRetry } from "../../../../scripts/start/update";

const failed = (...names: string[]) =>
  new PulumiFailed(
    "up",
    names.map((name) => ({ name, subject: name, messages: ["exit status 1"] })),
    [],
  );

describe("an update of npm start", () => {
  let calls: string[];

  /** Runs an update that comes to these results one after the other, and whose builds come to this when repeated. */
  async function update(results: readonly (Error | Changes)[], again: Partial<BuildsAgain> = {}): Promise<Changes> {
    calls = [];
    const left = [...results];
    return updateWithRetry({
      run: async () => {
        calls.push("run");
        const result = left.shift();
        if (result instanceof Error || result === undefined) throw result ?? new Error("one run too many");
        return Promise.resolve(result);
      },
      buildAgain: ({ resources }) => {
        calls.push(`build ${resources.map(({ name }) => name).join(" ")}`);
        return Promise.resolve({ causes: [], built: [], ...again });
      },
      onContinue: () => calls.push("continue"),
    });
  }

  it("runs once if it succeeds", async () => {
    assert.deepEqual(await update([{ create: 3 }]), { create: 3 });
    assert.deepEqual(calls, ["run"]);
  });

  it("continues if the builds that failed succeed when they are repeated", async () => {
    const built = ["cognitod-build", "llama-build"];
    assert.deepEqual(await update([failed(...built), { create: 1 }], { built }), { create: 1 });
    assert.deepEqual(calls, ["run", "build cognitod-build llama-build", "continue", "run"]);
  });

  it("continues only once", async () => {
    const built = ["cognitod-build"];
    await assert.rejects(update([failed(...built), failed(...built)], { built }), /cognitod-build: exit status 1/);
    assert.deepEqual(calls, ["run", "build cognitod-build", "continue", "run"]);
  });

  it("fails with the cause of a build that fails again", async () => {
    const again = { causes: ["The build of cognitod failed: no disk"], built: ["llama-build"] };
    await assert.rejects(update([failed("cognitod-build", "llama-build")], again), (error: unknown) => {
      assert.ok(error instanceof PulumiFailed);
      assert.match(error.message, /^The build of cognitod failed: no disk\npulumi up failed:\n/);
      return true;
    });
    assert.deepEqual(calls, ["run", "build cognitod-build llama-build"]);
  });

  it("fails if something else failed, too, or nothing that has a name", async () => {
    for (const names of [["cognitod-build", "host-llama"], []]) {
      await assert.rejects(update([failed(...names)], { built: ["cognitod-build"] }), PulumiFailed);
      assert.deepEqual(calls, ["run", `build ${names.join(" ")}`]);
    }
  });

  it("repeats no build after another error: the user interrupted, or the CLI is missing", async () => {
    await assert.rejects(update([new Failure("interrupted")]), /^Failure: interrupted$/);
    assert.deepEqual(calls, ["run"]);
  });
});
