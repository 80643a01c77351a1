import assert from "node:assert/strict";
import { spawn } from "node:child_process";

import { projectFolder } from "../../scripts/lib/home";
import { tryRun } from "../../scripts/lib/run";

/** Plugins that outlive a killed CLI: they would end by themselves some minutes later, or never. */
const leftOver: number[] = [];

/** Ends what the killed ones left running: what a test file does at its end. */
export function endLeftOver(): void {
  for (const pid of leftOver.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ended by itself
    }
  }
}

/**
 * Starts `pulumi up` and kills it, with all of its process group, as soon as it prints what the pattern says; its pid.
 * The CLI starts its plugins in groups of their own: they live on, as after a real kill.
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
