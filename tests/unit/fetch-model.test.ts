import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../scripts/lib/home";
import { tryRun } from "../../scripts/lib/run";
import { type Behaviour, LyingServer } from "../fixtures/lying-server";

const program = path.join(projectFolder, "docker", "llama-cpp", "fetch-model");
const model = Buffer.concat([Buffer.from("GGUF"), randomBytes(200_000)]);
const other = Buffer.concat([Buffer.from("GGUF"), randomBytes(200_000)]);
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("fetch-model", () => {
  let folder: string;
  let server: LyingServer;
  let address: string;
  const file = () => path.join(folder, "m.gguf");
  const content = () => fs.readFileSync(file());

  const serve = async (behaviour: Partial<Behaviour> = {}) => {
    server = new LyingServer({ body: model, etag: '"1"', ...behaviour });
    address = `${await server.listen()}/m.gguf`;
  };
  const fetchModel = (environment: Record<string, string> = {}) =>
    tryRun("sh", [program], {
      env: {
        ...{ PATH: process.env.PATH, MODEL_URL: address, MODEL_DIR: folder },
        ...{ FETCH_PAUSE: "0", FETCH_TRIES: "4", FETCH_SAY_EVERY: "1" },
        ...environment,
      },
    });

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-model-"));
  });
  afterEach(async () => {
    await server.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("fetches a model and says its checksum", async () => {
    await serve();
    const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(model) });
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
    assert.ok(stderr.includes(sha256(model)));
    assert.ok(!fs.existsSync(`${file()}.part`));
  });

  it("does nothing when it is there: not one request", async () => {
    await serve();
    await fetchModel();
    server.seen.length = 0;
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(server.seen, []);
  });

  it("resumes where a transfer broke off", async () => {
    await serve({ truncate: { bytes: 50_000, times: 1 } });
    const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(model) });
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
    assert.match(server.downloads[1]?.range ?? "", /^bytes=[1-9]\d*-$/);
  });

  it("goes on after it was ended in the middle", async () => {
    await serve({ truncate: { bytes: 50_000, times: 9 } });
    assert.equal((await fetchModel()).status, 1);
    assert.ok(!fs.existsSync(file()));
    delete server.behaviour.truncate;
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), model);
  });

  it("begins anew with a server that ignores ranges", async () => {
    await serve({ truncate: { bytes: 50_000, times: 1 }, ignoresRanges: true });
    const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(model) });
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
  });

  it("never joins parts of two versions", async () => {
    await serve({ truncate: { bytes: 50_000, times: 9 } });
    await fetchModel();
    server.behaviour = { body: other, etag: '"2"' };
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), other);
  });

  it("never joins parts where neither version nor checksum could tell", async () => {
    await serve({ etag: undefined, truncate: { bytes: 50_000, times: 9 } });
    await fetchModel();
    server.behaviour = { body: other };
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), other);
  });

  it("mends a part that is longer than the file", async () => {
    await serve();
    fs.writeFileSync(`${file()}.part`, Buffer.concat([model, model]));
    fs.writeFileSync(path.join(folder, ".m.gguf.version"), '"1"');
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), model);
  });

  it("is not stuck with a whole part when the server hides the length", async () => {
    await serve({ hidesLength: true });
    fs.writeFileSync(`${file()}.part`, model);
    fs.writeFileSync(path.join(folder, ".m.gguf.version"), '"1"');
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
  });

  it("refuses a wrong checksum, and leaves the model that is there as it is", async () => {
    await serve();
    fs.writeFileSync(file(), other);
    const { status, stderr } = await fetchModel({ MODEL_SHA256: "0".repeat(64) });
    assert.equal(status, 1);
    assert.match(stderr, /has sha256 [0-9a-f]{64}, not 0{64}: correct linnix:modelSha256/);
    assert.deepEqual(content(), other);
  });

  it("refuses a page in place of a model", async () => {
    await serve({ body: Buffer.from("<html>sign in</html>") });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 1);
    assert.match(stderr, /no GGUF file/);
    assert.ok(!fs.existsSync(file()));
  });

  it("holds a recorded checksum against what is there later", async () => {
    await serve();
    await fetchModel();
    fs.writeFileSync(file(), other);
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0);
    assert.match(stderr, /not as it was left/);
    assert.deepEqual(content(), model);
  });

  it("never takes a truncated file for the model", async () => {
    await serve();
    await fetchModel();
    fs.truncateSync(file(), 1000);
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), model);
  });

  it("fetches anew when another checksum is asked for", async () => {
    await serve();
    await fetchModel();
    server.behaviour = { body: other, etag: '"2"' };
    assert.equal((await fetchModel({ MODEL_SHA256: sha256(other) })).status, 0);
    assert.deepEqual(content(), other);
  });

  it("tries again after a server's error", async () => {
    await serve({ fail: { status: 500, times: 2 } });
    assert.equal((await fetchModel()).status, 0);
    assert.equal(server.downloads.length, 3);
  });

  it("gives up in the end, and says how often it tried", async () => {
    await serve({ fail: { status: 500, times: 99 } });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 1);
    assert.match(stderr, /could not be fetched in 4 tries.*the next run resumes it/);
  });

  it("follows a redirect, whose own length is not the file's", async () => {
    await serve({ redirectsTo: "/elsewhere.gguf", hidesLength: true });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
  });

  it("goes through a proxy", async () => {
    await serve();
    const proxy = address.replace("/m.gguf", "");
    const { status } = await fetchModel({ MODEL_URL: "http://model.invalid/m.gguf", http_proxy: proxy, no_proxy: "" });
    assert.equal(status, 0);
    assert.deepEqual(content(), model);
  });

  const bad: [string, Record<string, string>, RegExp][] = [
    ["no address", { MODEL_URL: "" }, /MODEL_URL = .*http or https.*linnix:model/],
    ["a file's address", { MODEL_URL: "file:///etc/passwd" }, /MODEL_URL = file/],
    ["a short checksum", { MODEL_SHA256: "abc" }, /MODEL_SHA256 = abc.*64 hexadecimal/],
    ["a checksum with other letters", { MODEL_SHA256: "g".repeat(64) }, /64 hexadecimal/],
    ["a file name with a folder", { MODEL_FILE: "../m.gguf" }, /MODEL_FILE = \.\.\/m\.gguf/],
    ["a folder that is not there", { MODEL_DIR: "/nonexistent" }, /MODEL_DIR = \/nonexistent/],
  ];
  for (const [what, environment, expected] of bad) {
    it(`refuses ${what} as bad input`, async () => {
      await serve();
      const { status, stderr } = await fetchModel(environment);
      assert.equal(status, 2);
      assert.match(stderr, expected);
      assert.deepEqual(server.seen, []);
    });
  }
});
