import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../../../../scripts/lib/home";
import { mutatedText, shellMutations } from "../../../../scripts/mutation/shell-mutations";

const exists = (file: string) => fs.existsSync(path.join(projectFolder, file));

describe("the mutations of shell scripts", () => {
  const all = shellMutations();

  it("have a place in the script as it is now, and change it", () => {
    for (const { file, mutations } of all) {
      const text = fs.readFileSync(path.join(projectFolder, file), "utf8");
      for (const mutation of mutations) assert.notEqual(mutatedText(text, mutation), text, `${file}: ${mutation.from}`);
    }
    assert.ok(all.flatMap(({ mutations }) => mutations).length > 200);
  });

  it("name tests that exist", () => {
    const named = all.flatMap(({ tests, mutations }) => [...tests, ...mutations.flatMap((it) => it.tests ?? [])]);
    assert.deepEqual(
      named.filter((file) => !exists(file)),
      [],
    );
  });

  it("are refused where the place is not unique", () => {
    assert.throws(() => mutatedText("a\na\n", { from: "a", to: "b" }), /"a" must be in the script once/);
    assert.throws(() => mutatedText("b\n", { from: "a", to: "b" }), /"a" must be in the script once/);
  });
});
