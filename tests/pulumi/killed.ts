import assert from "node:assert/strict";
import { spawn } from "node:child_process";

import { projectFolder } from "../../scripts/lib/home";
import { tryRun } from "../../scripts/lib/run";

/** Plugins that keep running after the CLI is killed: they would end some minutes later, or never. */
const leftOver: number[] = [];

/** Ends the plugins that killed CLIs have left; each test file calls it at its end. */
export function endLeftOver(): void {
  for (const pid of leftOver.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended already
    }
  }
}

/**
 * Starts `pulumi up` and kills its process group as soon as its output matches the pattern; returns its pid.
 * The CLI starts its plugins in other process groups: they keep running, as after a real kill.
 */
export async function killedUp(
  stack: { readonly name: string; readonly environment: NodeJS.ProcessEnv },
  when: RegExp,
  cwd = projectFolder,
): Promise<number> {
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", stack.name];
  const child = spawn("pulumi", args, {
    cwd,
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
