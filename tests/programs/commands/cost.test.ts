import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { Bill } from "../../../scripts/cost/bill";
import { projectFolder } from "../../../scripts/lib/home";
import { type RunResult, tryRun } from "../../../scripts/lib/run";

describe("npm run cost and npm run graph", function () {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-cost-"));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const command = (script: string, ...args: string[]): Promise<RunResult> =>
    tryRun(process.execPath, ["scripts/bootstrap.mjs", `scripts/commands/${script}.ts`, ...args], {
      cwd: projectFolder,
      env: { PATH: process.env.PATH, HOME: folder, LINNIX_HOME: path.join(folder, "home"), INIT_CWD: folder },
    });
  const settings = (name: string, ...lines: string[]): string => {
    fs.writeFileSync(path.join(folder, name), ["config:", "  linnix:host: ec2", ...lines, ""].join("\n"));
    return `./${name}`;
  };

  it("print the bill as JSON, and that its prices are another region's", async () => {
    const file = settings("other.yaml", "  aws:region: eu-west-1", "  linnix:instanceType: t4g.large");
    const { status, stdout, stderr } = await command("cost", file, "--json");
    assert.equal(status, 0, stderr);
    const { stack, region, total, lines } = JSON.parse(stdout) as Bill & { stack: string };
    assert.deepEqual([stack, region, lines[0]?.usd], ["other", "eu-west-1", 49.06]);
    assert.ok(total > 49.06);
    assert.match(stderr, /^prices +those of us-east-1: the price list has none for eu-west-1$/m);
  });

  it("refuse a type without a price, and name those that have one", async () => {
    const file = settings("large.yaml", "  aws:region: us-east-1", "  linnix:instanceType: r7i.large");
    const { status, stdout, stderr } = await command("cost", file);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(
      stderr,
      /^linnix:instanceType = r7i\.large: has no price; these have: types of the families t3, .*\n {4}add its price/m,
    );
  });

  it("say of a local stack that it costs nothing", async () => {
    const { status, stdout } = await command("cost", "local");
    assert.deepEqual([status, stdout], [0, "local: costs nothing; it has no resource in AWS\n"]);
  });

  it("print the picture alone on standard output", async () => {
    const { status, stdout } = await command("graph", "local");
    assert.equal(status, 0);
    assert.match(stdout, /^flowchart LR\n[^]*"llama<br>Container"/);
  });
});
