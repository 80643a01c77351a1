import assert from "node:assert/strict";

import fc from "fast-check";

import { shellQuoted } from "../../../components/shell-quoted";
import { run } from "../../../scripts/lib/run";

describe("a word of the shell", () => {
  it("is read back by the shell unchanged", async () => {
    const values = ["", "plain", "two words", "it's", '$(touch x) `id` "$HOME" \\', "new\nline", "ü"];
    const wanted = [...values, ...fc.sample(fc.string(), 60)].map((value) => value.replace(/\0/g, ""));
    const script = wanted.map((value) => `x=${shellQuoted(value)}; printf '%s\\0' "$x"\n`).join("");
    const { stdout } = await run("sh", ["-s"], { input: script });
    assert.deepEqual(stdout.split("\0").slice(0, -1), wanted);
  });

  it("is not quoted where it needn't be", () => {
    assert.equal(shellQuoted("https://example.com/a-b_c.deb"), "https://example.com/a-b_c.deb");
  });
});
