import * as fs from "node:fs";
import * as path from "node:path";

import * as lockfile from "proper-lockfile";

/**
 * Runs `body` while no other process on this machine runs one under the same path. A second run waits, and says so
 * through `onWait`; a lock whose holder died is taken over after 30 seconds.
 */
export async function withLock<T>(file: string, body: () => Promise<T>, onWait?: () => void): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const options = { realpath: false, stale: 30_000, update: 5_000 };
  let release: (() => Promise<void>) | undefined;
  let told = false;
  while (release === undefined) {
    try {
      release = await lockfile.lock(file, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      if (!told) onWait?.();
      told = true;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  try {
    return await body();
  } finally {
    await release();
  }
}
