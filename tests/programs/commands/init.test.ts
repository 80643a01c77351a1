import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type RunResult, tryRun } from "../../../scripts/lib/run";
import { checkoutIn } from "../../fixtures/checkout";

describe("npm run init, without a terminal", function () {
  let folder: string;
  let checkout: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-init-command-"));
    checkout = checkoutIn(path.join(folder, "checkout"));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const command = (script: string, ...args: string[]): Promise<RunResult> =>
    tryRun(process.execPath, ["scripts/bootstrap.mjs", `scripts/commands/${script}.ts`, ...args], {
      cwd: checkout,
      env: { PATH: process.env.PATH, HOME: folder, LINNIX_HOME: path.join(folder, "home"), INIT_CWD: checkout },
    });
  const files = () => fs.readdirSync(checkout).filter((name) => name.startsWith("Pulumi."));

  it("writes a file that npm run check accepts, and says what the stack costs, makes and needs next", async () => {
    const { status, stdout, stderr } = await command(
      "init",
      "staging",
      "--host",
      "ec2",
      "--instance-type",
      "t4g.large",
    );
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^default +aws:region = us-east-1; --region sets it$/m);
    for (const expected of [
      /^\S+\/Pulumi\.staging\.yaml: written\n/,
      /^staging: USD a month /m,
      /^together +\d+\.\d\d /m,
      /^ {2}host-network +\d+: \w+,[\w,\s]* Vpc$/m,
      /^ {2}pulumi stack init staging$/m,
    ])
      assert.match(stdout, expected);
    const checked = await command("check", "staging");
    assert.deepEqual([checked.status, checked.stdout.includes("4 settings, all valid")], [0, true], checked.stderr);
  });

  it("gives a second local stack ports of its own", async () => {
    const { status, stdout } = await command("init", "second");
    assert.equal(status, 0);
    assert.match(stdout, /^second: costs nothing/m);
    assert.match(fs.readFileSync(path.join(checkout, "Pulumi.second.yaml"), "utf8"), /linnix:apiPort: 13000/);
  });

  const refused: [string, string[], RegExp][] = [
    ["an invalid answer", ["new", "--host", "ec2", "--region", "mars"], /^--region = mars: must be one of /m],
    ["a private host without a model", ["new", "--host", "ec2", "--private"], /^--model: .*must be in S3/m],
    ["an unknown option", ["new", "--hots", "ec2"], /Unknown option '--hots'/],
    ["a stack's name that would be another folder's file", ["../new"], /^stack = \.\.\/new: must be /m],
    ["no stack", [], /^stack: is missing; pass the new stack's name/m],
    [
      "a stack that there is, before any answer",
      ["dev", "--host", "mars"],
      /^settings file = .*Pulumi\.dev\.yaml: exists already/m,
    ],
  ];
  for (const [what, args, expected] of refused) {
    it(`refuses ${what} with status 2, and writes nothing`, async () => {
      const before = files().map((name) => [name, fs.readFileSync(path.join(checkout, name), "utf8")]);
      const { status, stdout, stderr } = await command("init", ...args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, expected);
      assert.deepEqual(
        files().map((name) => [name, fs.readFileSync(path.join(checkout, name), "utf8")]),
        before,
      );
    });
  }
});
