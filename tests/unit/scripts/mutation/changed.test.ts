import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { changedFiles } from "../../../../scripts/mutation/changed";

describe("the changed files", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-changed-"));
  const author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  const git = (...args: string[]) => execFileSync("git", [...author, ...args], { cwd: folder, stdio: "ignore" });
  const write = (name: string, text: string) => {
    fs.writeFileSync(path.join(folder, name), text);
  };
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it("are those of this branch, committed or not, without those of the base since then", () => {
    git("init", "--initial-branch=main");
    for (const name of ["same", "committed", "edited", "removed", "of-main"]) write(name, "1");
    const commit = () => {
      git("add", ".");
      git("commit", "--message=x");
    };
    commit();
    git("checkout", "-b", "own");
    write("committed", "2");
    commit();
    git("checkout", "main");
    write("of-main", "2");
    commit();
    git("checkout", "own");
    write("edited", "2");
    write("new", "1");
    fs.rmSync(path.join(folder, "removed"));
    assert.deepEqual(changedFiles("main", folder), ["committed", "edited", "new"]);
  });
});
