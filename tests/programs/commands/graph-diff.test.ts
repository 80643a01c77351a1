import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../../scripts/lib/home";
import { type RunResult, tryRun } from "../../../scripts/lib/run";
import { checkoutIn } from "../../fixtures/checkout";

let folder: string;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-graph-diff-"));
});
after(() => {
  fs.rmSync(folder, { recursive: true });
});

const graphDiff = (...args: string[]): Promise<RunResult> =>
  tryRun(process.execPath, ["scripts/bootstrap.mjs", "scripts/commands/graph-diff.ts", ...args], {
    cwd: projectFolder,
    env: { PATH: process.env.PATH, HOME: folder, LINNIX_HOME: path.join(folder, "home"), INIT_CWD: folder },
  });

describe("npm run graph-diff", function () {
  it("compares each named stack with another checkout's, without credentials", async () => {
    const base = checkoutIn(path.join(folder, "base"));
    const dev = path.join(base, "Pulumi.dev.yaml");
    fs.writeFileSync(dev, fs.readFileSync(dev, "utf8").replace("t3.large", "t3.xlarge"));
    fs.rmSync(path.join(base, "Pulumi.local.yaml"));
    const { status, stdout, stderr } = await graphDiff("--base", "base", "dev", "local");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^## dev\n/);
    assert.match(
      stdout,
      /- changed in place: `aws:ec2\/instance:Instance` \*\*[\w-]+\*\*\n[^#]*\n {2}\+ instanceType = "t3.large"/,
    );
    assert.match(stdout, /## local\n\n\d+ added\. A new stack\./);
    assert.ok(!stdout.includes("## prod"));
    // A t3.xlarge costs twice as much.
    assert.match(
      stdout,
      /\n## Cost\n\n- dev: about -60\.73 USD a month, \d+\.\d\d in all\n- local: no change, it costs nothing\n/,
    );
  });

  const refused: [string, string[], RegExp][] = [
    ["no folder", ["dev"], /^--base: is missing; pass the folder of another checkout/m],
    ["a folder that is no checkout", ["--base", "."], /^--base = \.: is not a checkout of this repository/m],
    [
      "a stack that neither has",
      ["--base", projectFolder, "prodd"],
      /^STACK = prodd: is in neither.*dev, local, prod/m,
    ],
  ];
  for (const [what, args, expected] of refused) {
    it(`refuses ${what}, with status 2`, async () => {
      const { status, stdout, stderr } = await graphDiff(...args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, expected);
    });
  }
});
