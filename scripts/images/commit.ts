import { tryRun } from "../lib/run";

/**
 * The commit that a checkout is at, 40 hexadecimal digits.
 *
 * @returns undefined if a file differs from it, or there is no git or no commit: then what is built here has no commit.
 */
export async function cleanCommit(folder: string): Promise<string | undefined> {
  const git = async (...args: string[]) => {
    const answer = await tryRun("git", args, { cwd: folder }).catch(() => undefined);
    return answer?.status === 0 ? answer.stdout.trim() : undefined;
  };
  const [commit, changes] = [await git("rev-parse", "HEAD"), await git("status", "--porcelain")];
  return changes === "" ? commit : undefined;
}
