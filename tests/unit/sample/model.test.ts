import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { encodeGguf } from "../../../sample/gguf";
import { tinyModel, writeTinyModel } from "../../../sample/model";

describe("the sample model", () => {
  const bytes = tinyModel();

  it('is a GGUF file of version 3 whose name contains "sample"', () => {
    assert.equal(bytes.subarray(0, 4).toString(), "GGUF");
    assert.equal(bytes.readUInt32LE(4), 3);
    assert.ok(bytes.includes("linnix-sample-tiny"));
    assert.ok(bytes.length < 1e6);
  });

  it("has the tensors that two layers need", () => {
    assert.equal(bytes.readBigUInt64LE(8), 3n + 2n * 9n);
    for (const name of ["token_embd", "output_norm", "output", "blk.0.attn_q", "blk.1.ffn_down"]) {
      assert.ok(bytes.includes(`${name}.weight`), name);
    }
  });

  it("is the same on every run", () => {
    assert.ok(tinyModel().equals(bytes));
  });

  it("is written atomically, replaces another file, and is not written again if it is equal", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-tiny-"));
    const file = path.join(folder, "sub", "tiny.gguf");
    try {
      await writeTinyModel(file);
      assert.ok(fs.readFileSync(file).equals(bytes));
      const { ino } = fs.statSync(file);
      await writeTinyModel(file);
      assert.equal(fs.statSync(file).ino, ino);
      fs.writeFileSync(file, "half");
      await writeTinyModel(file);
      assert.ok(fs.readFileSync(file).equals(bytes));
      assert.deepEqual(fs.readdirSync(path.dirname(file)), ["tiny.gguf"]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe("the GGUF writer", () => {
  it("aligns the data and every tensor to 32 bytes", () => {
    const tensor = (name: string, ...values: number[]) => ({
      name,
      shape: [values.length],
      data: Float32Array.from(values),
    });
    const file = encodeGguf({ a: { type: "uint32", value: 7 } }, [tensor("x", 1, 2, 3), tensor("y", 4)]);
    assert.equal(file.length % 32, 0);
    assert.equal(file.readFloatLE(file.length - 64), 1);
    assert.equal(file.readFloatLE(file.length - 32), 4);
  });
});
