import assert from "node:assert/strict";
import * as fs from "node:fs";

import { Fetching } from "../../fixtures/fetching";

describe("the commands of fetch-model", () => {
  const world = new Fetching();
  const { serve, fetchModel, file } = world;

  it("bring the model to the disk before it gets its name, and then the name", async () => {
    await serve();
    for (const name of ["sync", "mv"]) world.recordCalls(name);
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(world.calls(), [
      "sync FOLDER/m.gguf.part",
      "sync FOLDER/.m.gguf.sha256.new",
      "mv -f FOLDER/.m.gguf.sha256.new FOLDER/.m.gguf.sha256",
      "mv -f FOLDER/m.gguf.part FOLDER/m.gguf",
      "sync FOLDER",
    ]);
  });

  it("end a connection over which nothing comes: it would last for ever", async () => {
    await serve();
    world.recordCalls("curl");
    assert.equal((await fetchModel()).status, 0);
    const [headers = "", content = ""] = world.calls().filter((line) => line.startsWith("curl "));
    assert.match(headers, / --max-time 30 /);
    assert.match(content, / --connect-timeout 20 --speed-limit 1000 --speed-time 60 --max-time \d+ /);
  });

  it("wait longer after each try that failed, but a minute at most", async () => {
    await serve({ fail: { status: 500, times: 99 } });
    // It sleeps a second between two messages about the progress.
    world.recordCalls("sleep", '[ "$1" -gt 1 ] || exec "$real" "$@"');
    assert.equal((await fetchModel({ FETCH_PAUSE: "20" })).status, 1);
    assert.deepEqual(
      world.calls().filter((call) => call !== "sleep 1"),
      ["sleep 20", "sleep 40", "sleep 60"],
    );
  });

  it("end at once with the free space if the disk cannot be written", async () => {
    await serve();
    fs.symlinkSync("/dev/full", `${file()}.part`);
    const { status, stderr } = await fetchModel();
    assert.equal(status, 1);
    assert.match(stderr, / cannot be written: \d+ bytes are free/);
    assert.equal(world.server.downloads.length, 1);
  });
});
