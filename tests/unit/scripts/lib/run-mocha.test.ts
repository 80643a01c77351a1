import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { leftOut, runMocha } from "../../../../scripts/lib/run-mocha";

describe("a layer's tests, run by mocha", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-run-mocha-"));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** Writes a test file; a path relative to the checkout is what mocha receives from test-layer.ts. */
  function testFile(name: string, text: string): string {
    const file = path.join(folder, `${name}.test.js`);
    fs.writeFileSync(file, text);
    return file;
  }

  it("leave out and list what is marked as [full] in the short set, and run it in the full one", async () => {
    const text = `
      it("passes", () => {});
      describe("a suite [full]", () => { it("fails", () => { throw new Error("runs in the full set only"); }); });`;
    const set = { specs: [testFile("marked", text)], environment: process.env };
    const [short, full, titles] = await Promise.all([
      runMocha({ ...set, short: true }, "ignore"),
      runMocha({ ...set, short: false }, "ignore"),
      leftOut(set),
    ]);
    assert.deepEqual([short, full, titles], [0, 1, ["a suite [full] fails"]]);
  });

  it("have not passed when they are interrupted", async () => {
    const started = path.join(folder, "started");
    const text = `
      it("is interrupted", (done) => {
        require("node:fs").writeFileSync(${JSON.stringify(started)}, String(process.ppid));
        setTimeout(done, 20_000);
      });`;
    const running = runMocha({ specs: [testFile("slow", text)], short: false, environment: process.env }, "ignore");
    while (!fs.existsSync(started) || fs.readFileSync(started, "utf8") === "") await pause(50);
    process.kill(Number(fs.readFileSync(started, "utf8")), "SIGINT");
    assert.notEqual(await running, 0);
  });
});
