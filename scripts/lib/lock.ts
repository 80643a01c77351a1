import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import * as lockfile from "proper-lockfile";

/** The lock of a process that died is taken over after 30 seconds. */
export const lockOptions = { realpath: false, stale: 30_000, update: 5_000 };

/** Takes a lock unless another process on this machine holds it; the function that releases it. */
export async function tryLock(file: string): Promise<(() => Promise<void>) | undefined> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  try {
    return await lockfile.lock(file, lockOptions);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    return undefined;
  }
}

/**
 * Runs `body` while no other process on this machine holds the lock of the same path. Waits for another holder, after one
 * call of `onWait`.
 */
export async function withLock<T>(file: string, body: () => Promise<T>, onWait?: () => void): Promise<T> {
  let isWaiting = false;
  for (;;) {
    const release = await tryLock(file);
    if (release !== undefined) {
      try {
        return await body();
      } finally {
        await release();
      }
    }
    if (!isWaiting) onWait?.();
    isWaiting = true;
    await setTimeout(500);
  }
}
