import { execFileSync } from "node:child_process";

import { projectFolder } from "../lib/home";

/** Files that differ from the branch `base` where this one left it, committed or not, and new ones. */
export function changedFiles(base: string): string[] {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: projectFolder, encoding: "utf8" })
      .split("\0")
      .filter((file) => file !== "");
  const since = execFileSync("git", ["merge-base", base, "HEAD"], { cwd: projectFolder, encoding: "utf8" }).trim();
  return [
    ...git("diff", "-z", "--name-only", "--diff-filter=d", since),
    ...git("ls-files", "-z", "--others", "--exclude-standard"),
  ];
}
