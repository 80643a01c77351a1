import assert from "node:assert/strict";
import { spawn } from "node:child_process";

import { projectFolder } from "../../scripts/lib/home";
import { changed } from "../../scripts/lib/pulumi";
import { recover } from "../../scripts/lib/recover";
import { tryRun } from "../../scripts/lib/run";
import { TestStack, removeStacks } from "./stack";

/** Plugins that outlive a killed CLI: they would end by themselves some minutes later. */
const leftOver: number[] = [];

/**
 * Starts `pulumi up` and kills it, with all of its process group, as soon as it prints what the pattern says; its pid.
 * The CLI starts its plugins in groups of their own: they live on, as after a real kill.
 */
async function killedUp(stack: TestStack, when: RegExp): Promise<number> {
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", stack.name];
  const child = spawn("pulumi", args, {
    cwd: projectFolder,
    env: stack.environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid!;
  let text = "";
  const shown = new Promise<boolean>((resolve) => {
    child.on("exit", () => {
      resolve(false);
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (when.test(text)) resolve(true);
      });
    }
  });
  if (!(await shown)) assert.fail(`pulumi up ended before it printed ${String(when)}:\n${text}`);
  const plugins = (await tryRun("pgrep", ["-P", String(pid)])).stdout.split("\n").filter((line) => line !== "");
  leftOver.push(...plugins.map(Number));
  process.kill(-pid, "SIGKILL");
  await new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(undefined);
    else child.on("exit", resolve);
  });
  return pid;
}

describe("an update that is killed", function () {
  this.timeout(180_000);
  let stack: TestStack;

  beforeEach("a stack", async () => {
    stack = await TestStack.make("sample");
  });
  afterEach("nothing stays", async () => {
    for (const pid of leftOver.splice(0)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // ended by itself
      }
    }
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
    { moment: "while it makes the network", when: /host-network creating/ },
    { moment: "while it makes the containers", when: /host-(cognitod|llama) creating/ },
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
