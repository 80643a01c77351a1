import assert from "node:assert/strict";

import { Fetching, model, sha256 } from "../../fixtures/fetching";

describe("the settings of fetch-model", () => {
  const world = new Fetching();
  const { serve, fetchModel } = world;

  it("accepts a checksum in capital letters", async () => {
    await serve();
    const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(model).toUpperCase() });
    assert.equal(status, 0, stderr);
  });

  const bad: [string, Record<string, string>, RegExp][] = [
    ["no address", { MODEL_URL: "" }, /MODEL_URL = .*http or https.*linnix:model/],
    ["a file's address", { MODEL_URL: "file:///etc/passwd" }, /MODEL_URL = file/],
    ["a short checksum", { MODEL_SHA256: "abc" }, /MODEL_SHA256 = abc.*64 hexadecimal/],
    ["a checksum with other letters", { MODEL_SHA256: "g".repeat(64) }, /64 hexadecimal/],
    ["a file name with a folder", { MODEL_FILE: "../m.gguf" }, /MODEL_FILE = \.\.\/m\.gguf/],
    ["a hidden file's name", { MODEL_FILE: ".m.gguf" }, /MODEL_FILE = \.m\.gguf/],
    ["a folder that is not there", { MODEL_DIR: "/nonexistent" }, /MODEL_DIR = \/nonexistent/],
  ];
  for (const [what, environment, expected] of bad) {
    it(`rejects ${what} as bad input`, async () => {
      await serve();
      const { status, stderr } = await fetchModel(environment);
      assert.equal(status, 2);
      assert.match(stderr, expected);
      assert.deepEqual(world.server.seen, []);
    });
  }
});
