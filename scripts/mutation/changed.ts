import { execFileSync } from "node:child_process";

import { projectFolder } from "../lib/home";

/** Files that differ from where this branch has left `base`, committed or not, and new ones; without removed ones. */
export function changedFiles(base: string, folder = projectFolder): string[] {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8" })
      .split("\0")
      .filter((file) => file !== "");
  const [since = ""] = git("merge-base", base, "HEAD");
  return [
    ...git("diff", "-z", "--name-only", "--diff-filter=d", since.trim()),
    ...git("ls-files", "-z", "--others", "--exclude-standard"),
  ].sort();
}
