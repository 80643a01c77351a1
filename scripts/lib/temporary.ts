import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const prefix = "linnix-tmp-";

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Removes what this user's processes left that were killed. */
function removeLeftovers(parent: string): void {
  for (const name of fs.readdirSync(parent)) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? [];
    const place = path.join(parent, name);
    const found = fs.lstatSync(place, { throwIfNoEntry: false });
    if (pid === undefined || found?.isDirectory() !== true || found.uid !== process.getuid?.()) continue;
    if (!isRunning(Number(pid))) fs.rmSync(place, { recursive: true, force: true });
  }
}

/**
 * Runs `body` with a new folder that only this user can read, and removes it. As TMPDIR it takes what programs leave: the
 * plugin docker-build leaves a folder with the registries' passwords after each build.
 */
export async function withTemporaryFolder<T>(
  body: (folder: string) => Promise<T>,
  parent: string = os.tmpdir(),
): Promise<T> {
  removeLeftovers(parent);
  const folder = fs.mkdtempSync(path.join(parent, `${prefix}${process.pid}-`));
  try {
    return await body(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
