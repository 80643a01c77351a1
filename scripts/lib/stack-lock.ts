import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import * as lockfile from "proper-lockfile";

import type { Home } from "./home";
import { lockOptions, tryLock, withLock } from "./lock";

const homeLock = (home: Home): string => path.join(home.root, "home");
const stackLock = (home: Home, stack: string): string => path.join(home.root, `stack-${stack}`);

/**
 * Runs a start or a stop of a stack, alone among those of this stack: another one waits, after one call of `onWait`. A
 * purge of what the stacks share ({@link withHomeLock}) waits, too.
 */
export async function withStackLock<T>(
  home: Home,
  stack: string,
  body: () => Promise<T>,
  onWait: () => void,
): Promise<T> {
  let isWaiting = false;
  for (;;) {
    // While somebody holds the home's lock, nothing begins. It is not kept, so that stacks can be started side by side.
    const release = await withLock(
      homeLock(home),
      () => tryLock(stackLock(home, stack)),
      isWaiting ? undefined : onWait,
    );
    if (release !== undefined) {
      try {
        return await body();
      } finally {
        await release();
      }
    }
    if (!isWaiting) onWait();
    isWaiting = true;
    await setTimeout(500);
  }
}

/** Whether a stack is being started or stopped now. */
export async function isBusy(home: Home, stack: string): Promise<boolean> {
  return lockfile.check(stackLock(home, stack), lockOptions);
}

/** A stack of this home that is being started or stopped now; undefined if none is. */
async function busyStack(home: Home): Promise<string | undefined> {
  for (const name of fs.readdirSync(home.root)) {
    const [, stack] = /^stack-(.+)\.lock$/.exec(name) ?? [];
    if (stack !== undefined && (await isBusy(home, stack))) return stack;
  }
  return undefined;
}

/** Runs `body` while no stack of this home is started or stopped: none begins, and those in progress have ended. */
export async function withHomeLock<T>(home: Home, body: () => Promise<T>, onWait: () => void): Promise<T> {
  let isWaiting = false;
  for (;;) {
    const outcome = await withLock(
      homeLock(home),
      async () => ((await busyStack(home)) === undefined ? { value: await body() } : undefined),
      isWaiting ? undefined : onWait,
    );
    if (outcome !== undefined) return outcome.value;
    if (!isWaiting) onWait();
    isWaiting = true;
    await setTimeout(500);
  }
}
