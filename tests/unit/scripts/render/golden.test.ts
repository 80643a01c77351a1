import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { goldenFiles, goldenFolder } from "../../../../scripts/render/golden";

const update = "if the change is meant, run `npm run golden` and commit tests/fixtures/golden";

/** The first line that differs, as a diff: mocha's own of a thousand lines takes seconds. */
function firstDifference(expected: string, actual: string): string {
  const [before, after] = [expected.split("\n"), actual.split("\n")];
  const line = before.findIndex((text, index) => text !== after[index]);
  const at = line === -1 ? before.length : line;
  return `line ${at + 1}:\n- ${before[at] ?? "(end of file)"}\n+ ${after[at] ?? "(end of file)"}`;
}

const storedFiles = (): string[] =>
  fs
    .readdirSync(goldenFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(goldenFolder, path.join(entry.parentPath, entry.name)));

describe("golden files", function () {
  this.timeout(120_000);
  let files: Readonly<Record<string, string>>;
  before(async () => {
    files = await goldenFiles();
  });

  it("are those of the repository's stacks and of the variations", () => {
    assert.deepEqual(Object.keys(files).sort(), storedFiles().sort(), update);
  });

  for (const part of ["local", "dev", "prod", "variations"]) {
    it(`${part}: exactly what is rendered`, () => {
      const own = Object.entries(files).filter(([name]) => name.startsWith(`${part}/`));
      assert.ok(own.length > 5);
      for (const [name, text] of own) {
        const file = path.join(goldenFolder, name);
        const golden = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
        if (text !== golden) assert.fail(`${file}: ${update}\n${firstDifference(golden, text)}`);
      }
    });
  }
});
