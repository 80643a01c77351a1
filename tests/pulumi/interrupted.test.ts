import assert from "node:assert/strict";
import { spawn } from "node:child_process";

import { projectFolder } from "../../scripts/lib/home";
import { changed } from "../../scripts/lib/pulumi";
import { recover } from "../../scripts/start/recover";
import { endLeftOver, killedUp } from "./killed";
import { TestStack, removeStacks } from "./stack";

describe("an update that is killed", function () {
  this.timeout(360_000);
  let stack: TestStack;

  beforeEach("a stack", async () => {
    stack = await TestStack.make("sample");
  });
  afterEach("nothing stays", async () => {
    endLeftOver();
    await removeStacks();
  });

  const goesOn = async () => {
    await stack.up("--refresh");
    assert.equal((await stack.outputs()).health.healthy, true);
    assert.equal(changed(await stack.up("--refresh")), false);
    assert.deepEqual(
      await stack.onEngine("container"),
      ["cognitod", "llama", "preflight"].map((it) => stack.on(it)),
    );
  };

  for (const { moment, when } of [
    { moment: "while it makes the network [full]", when: /host-network creating/ },
    { moment: "while it makes the containers [full]", when: /host-(cognitod|llama) creating/ },
    { moment: "while it waits for health", when: /host-health creating/ },
  ]) {
    it(`${moment} leaves a lock, and the next one goes on from there once that is mended`, async () => {
      const pid = await killedUp(stack, when);
      assert.match(await stack.failingUp(), /currently locked/);
      const { locks } = await recover(stack.session);
      assert.deepEqual(locks, [pid]);
      await goesOn();
      assert.deepEqual(await recover(stack.session), { locks: [], orphans: [] });
    });
  }

  it("is told apart from one that is still at work, whose lock and containers stay", async () => {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack.name];
    const child = spawn("pulumi", args, {
      cwd: projectFolder,
      env: stack.environment,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    await new Promise<void>((resolve) => {
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (/host-(cognitod|llama) creating/.test(text)) resolve();
      });
      child.on("exit", () => {
        resolve();
      });
    });
    assert.deepEqual(await recover(stack.session), { locks: [], orphans: [] });
    assert.equal(await ended, 0);
    assert.equal((await stack.outputs()).health.healthy, true);
  });
});
