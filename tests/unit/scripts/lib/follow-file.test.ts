import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { followFile } from "../../../../scripts/lib/follow-file";

describe("following a file", () => {
  let folder: string;
  let file: string;
  beforeEach("a file to come", () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-follow-"));
    file = path.join(folder, "lines");
  });
  afterEach("nothing stays", () => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("passes lines on while they are written, each once it is complete", async () => {
    const lines: string[] = [];
    const stop = followFile(file, (line) => lines.push(line));
    await wait(120);
    const bytes = Buffer.from("one\ntwö\nthree");
    // The middle of ö: its two bytes arrive apart.
    fs.appendFileSync(file, bytes.subarray(0, 7));
    await wait(250);
    assert.deepEqual(lines, ["one"]);
    fs.appendFileSync(file, bytes.subarray(7));
    await wait(250);
    assert.deepEqual(lines, ["one", "twö"]);
    stop();
    assert.deepEqual(lines, ["one", "twö", "three"]);
  });

  it("reads the rest at the end, however much it is, and nothing if there never was a file", () => {
    const lines: string[] = [];
    const stop = followFile(file, (line) => lines.push(line));
    const written = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${"x".repeat(40)}`);
    fs.writeFileSync(file, `${written.join("\n")}\n`);
    stop();
    assert.deepEqual(lines, written);
    followFile(path.join(folder, "never"), () => assert.fail("no line"))();
  });
});
