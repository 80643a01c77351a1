import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { Fetching, breaksOff, model, other, sha256 } from "../../fixtures/fetching";
import { type Behaviour, LyingServer } from "../../fixtures/lying-server";

describe("fetch-model, from a server that announces checksum and size and redirects to another host, as Hugging Face does", () => {
  const world = new Fetching();
  const { serve, fetchModel, file, content } = world;

  let storage: LyingServer;

  const serveLinked = async (linked: Behaviour["linked"], behind: Partial<Behaviour> = {}) => {
    storage = new LyingServer({ body: model, etag: '"storage"', ...behind });
    // The same machine under another name: for curl it is another host.
    const redirectsTo = `${(await storage.listen()).replace("127.0.0.1", "localhost")}/stored`;
    await serve({ body: Buffer.from("no model"), redirectsTo, ...(linked === undefined ? {} : { linked }) });
  };
  const right = { sha256: sha256(model), bytes: model.length };
  afterEach(() => storage.close());

  it("downloads the model, and reports what verified it", async () => {
    await serveLinked(right, { hidesLength: true });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
    assert.match(stderr, new RegExp(`sha256 ${sha256(model)}, as its server announces`));
    assert.deepEqual([world.server.downloads.length, storage.downloads.length], [1, 1]);
  });

  it("resumes an interrupted transfer, although the storage identifies no version", async () => {
    await serveLinked(right, { etag: undefined, ...breaksOff() });
    assert.equal((await fetchModel()).status, 1);
    delete storage.behaviour.fail;
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), model);
    assert.match(storage.downloads.at(-1)?.range ?? "", /^bytes=[1-9]\d*-$/);
  });

  it("refuses a file that does not match the announced checksum, and leaves nothing", async () => {
    await serveLinked({ ...right, sha256: sha256(other) });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`has sha256 ${sha256(model)}, not ${sha256(other)} as its server announces`));
    assert.deepEqual(
      fs.readdirSync(world.folder).filter((name) => name.includes("gguf")),
      [],
    );
  });

  it("refuses a file that is shorter than the announced size, and leaves none under its name", async () => {
    await serveLinked({ ...right, bytes: model.length + 1 }, { hidesLength: true });
    const { status, stderr } = await fetchModel({ FETCH_TRIES: "1" });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`has ${model.length} bytes of ${model.length + 1}`));
    assert.ok(!fs.existsSync(file()));
  });

  it("stops a download that is larger than the announced size", async () => {
    await serveLinked(right, { endless: true });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`has more than the ${model.length} bytes that its server announces`));
    assert.deepEqual(fs.readdirSync(world.folder), []);
  });

  it("requests no content if the announced checksum is not the one that is set", async () => {
    await serveLinked(right);
    const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(other) });
    assert.equal(status, 1);
    assert.match(stderr, /according to its server, not [0-9a-f]{64}: correct linnix:modelSha256/);
    assert.deepEqual([...world.server.downloads, ...storage.downloads], []);
  });

  it("finds a model with the announced checksum under another name, and requests no content", async () => {
    await serveLinked(right);
    await fetchModel();
    const { status, stderr } = await fetchModel({ MODEL_FILE: "m-0123456789ab.gguf" });
    assert.equal(status, 0, stderr);
    assert.deepEqual(fs.readFileSync(path.join(world.folder, "m-0123456789ab.gguf")), model);
    assert.deepEqual([world.server.downloads.length, storage.downloads.length], [1, 1]);
  });

  it("takes an announced value that is no SHA-256 checksum for none", async () => {
    await serveLinked({ ...right, sha256: "0123456789abcdef0123456789abcdef01234567" });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.match(stderr, /which nothing confirms/);
  });
});
