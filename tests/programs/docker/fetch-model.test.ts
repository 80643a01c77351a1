import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { run } from "../../../scripts/lib/run";
import { Fetching, breaksOff, model, other, program, sha256 } from "../../fixtures/fetching";
import { LyingServer } from "../../fixtures/lying-server";

describe("fetch-model", () => {
  const world = new Fetching();
  const { serve, fetchModel, file, content } = world;

  it("downloads a model and prints its checksum", async () => {
    await serve();
    const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(model) });
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
    assert.ok(stderr.includes(sha256(model)));
    assert.ok(!fs.existsSync(`${file()}.part`));
  });

  it("sends no request if the model is present", async () => {
    await serve();
    await fetchModel();
    world.server.seen.length = 0;
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(world.server.seen, []);
  });

  it("resumes an interrupted transfer", async () => {
    await serve({ truncate: { bytes: 50_000, times: 1 } });
    const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(model) });
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
    assert.match(world.server.downloads[1]?.range ?? "", /^bytes=[1-9]\d*-$/);
  });

  it("resumes a download that an earlier run gave up", async () => {
    await serve(breaksOff());
    assert.equal((await fetchModel()).status, 1);
    assert.ok(!fs.existsSync(file()));
    delete world.server.behaviour.fail;
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), model);
  });

  it("restarts the download if the server ignores ranges", async () => {
    await serve({ truncate: { bytes: 50_000, times: 1 }, ignoresRanges: true });
    const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(model) });
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
  });

  it("never joins parts of two versions", async () => {
    await serve(breaksOff());
    await fetchModel();
    world.server.behaviour = { body: other, etag: '"2"' };
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), other);
  });

  it("never joins parts if neither a version nor a checksum can prove that they belong together", async () => {
    await serve({ etag: undefined, ...breaksOff() });
    await fetchModel();
    world.server.behaviour = { body: other };
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), other);
  });

  it("recovers from a part that is longer than the file", async () => {
    await serve();
    fs.writeFileSync(`${file()}.part`, Buffer.concat([model, model]));
    fs.writeFileSync(path.join(world.folder, ".m.gguf.version"), '"1"');
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), model);
  });

  it("finishes with a complete part if the server does not send the length", async () => {
    await serve({ hidesLength: true });
    fs.writeFileSync(`${file()}.part`, model);
    fs.writeFileSync(path.join(world.folder, ".m.gguf.version"), '"1"');
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
  });

  it("rejects a wrong checksum, and keeps the existing model", async () => {
    await serve();
    fs.writeFileSync(file(), other);
    const { status, stderr } = await fetchModel({ MODEL_SHA256: "0".repeat(64) });
    assert.equal(status, 1);
    assert.match(stderr, /has sha256 [0-9a-f]{64}, not 0{64}: correct linnix:modelSha256/);
    assert.deepEqual(content(), other);
    // The second download rules out a mix of two versions. A third would be as wrong, and a part that stays would be resumed.
    assert.equal(world.server.downloads.length, 2);
    assert.deepEqual(fs.readdirSync(world.folder), ["m.gguf"]);
  });

  it("rejects a web page instead of a model", async () => {
    await serve({ body: Buffer.from("<html>sign in</html>") });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 1);
    assert.match(stderr, /is a web page, not a GGUF file/);
    assert.ok(!fs.existsSync(file()));
  });

  const splitModel = (count: number) => {
    const key = Buffer.from("split.count\x02\0\0\0", "latin1");
    return Buffer.concat([model, key, Buffer.from([count, 0]), randomBytes(50)]);
  };
  const unusable: [string, Buffer, RegExp][] = [
    [
      "a Git LFS pointer",
      Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
      /a Git LFS pointer/,
    ],
    ["one part of a split model", splitModel(3), /one part of a split model: set linnix:model to a single file/],
    ["one of ten parts, whose number is a line feed", splitModel(10), /one part of a split model/],
    ["another format", Buffer.from("PK\x03\x04, an archive"), /is not a GGUF file/],
    ["an empty file", Buffer.alloc(0), /is not a GGUF file/],
  ];
  for (const [what, body, reason] of unusable) {
    it(`rejects ${what}, and keeps the existing model`, async () => {
      await serve({ body });
      fs.writeFileSync(file(), other);
      const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(body) });
      assert.equal(status, 1);
      assert.match(stderr, reason);
      assert.deepEqual(content(), other);
    });
  }

  it("accepts a model that was joined from parts", async () => {
    await serve({ body: splitModel(0) });
    assert.equal((await fetchModel()).status, 0);
  });

  it("downloads the content if the server says of the headers that there is none", async () => {
    await serve({ headLength: 0 });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
  });

  it("believes the length of the content rather than that of the headers", async () => {
    await serve({ headLength: 17 });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
  });

  it("goes on for as long as each try gains something", async () => {
    await serve({ truncate: { bytes: 10_000, times: 15 } });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.ok(world.server.downloads.length > 15);
    assert.deepEqual(content(), model);
  });

  it("gives up if the tries gain nothing, although each receives something", async () => {
    await serve({ truncate: { bytes: 10_000, times: 99 }, ignoresRanges: true });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 1);
    assert.match(stderr, /can't be downloaded in 4 tries/);
    assert.ok(world.server.downloads.length < 12, String(world.server.downloads.length));
  });

  it("ends within its time, and keeps what it has", async () => {
    // Both kinds of host give up after an hour.
    assert.match(fs.readFileSync(program, "utf8"), /"\$\{FETCH_SECONDS:=3[0-5]\d\d\}"/);
    await serve({ truncate: { bytes: 10_000, times: 99 } });
    const { status, stderr } = await fetchModel({ FETCH_SECONDS: "0" });
    assert.equal(status, 1);
    assert.match(stderr, /in 0 s: 10000 bytes of 200004 are there\. The next run resumes the download/);
  });

  /** The bytes that are free, with all of them reserved except for a few. */
  const leaving = async (bytes: number) => {
    const { stdout } = await run("df", ["--output=avail", "-B1", world.folder]);
    return { FETCH_RESERVE: String(Number(stdout.split("\n")[1]) - bytes) };
  };

  it("stops a download without an end before the disk is full, and removes it", async () => {
    await serve({ endless: true });
    fs.writeFileSync(file(), other);
    const { status, stderr } = await fetchModel({ MODEL_SHA256: sha256(model), ...(await leaving(30_000_000)) });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /has more than the \d+ bytes that .* has room for: use a larger disk/);
    assert.deepEqual(fs.readdirSync(world.folder), ["m.gguf"]);
    assert.deepEqual(content(), other);
  });

  it("refuses a model that does not fit, before it requests it", async () => {
    await serve({ headLength: 50_000_000 });
    const { status, stderr } = await fetchModel(await leaving(20_000_000));
    assert.equal(status, 1);
    assert.match(stderr, /bytes free for a model, and 50000000 are needed: free some, or use a larger disk/);
    assert.deepEqual(world.server.downloads, []);
  });

  it("removes models that no recent release used if there is no room for another, and nothing else", async () => {
    await serve();
    for (const name of ["1", "2", "3", "4"]) {
      await fetchModel({ MODEL_FILE: `${name}.gguf` });
      fs.utimesSync(path.join(world.folder, `.${name}.gguf.sha256`), Number(name), Number(name));
    }
    fs.writeFileSync(path.join(world.folder, "mine.gguf"), other);
    world.server.behaviour = { body: model, headLength: 5e14 };
    assert.equal((await fetchModel()).status, 1);
    const left = fs.readdirSync(world.folder).sort();
    assert.deepEqual(left, [".3.gguf.sha256", ".4.gguf.sha256", "3.gguf", "4.gguf", "mine.gguf"]);
  });

  it("finds a model with the right checksum under another name, without a request, and keeps it there", async () => {
    await serve();
    await fetchModel();
    world.server.seen.length = 0;
    const renamed = { MODEL_FILE: "m-0123456789ab.gguf", MODEL_SHA256: sha256(model) };
    const { status, stderr } = await fetchModel(renamed);
    assert.equal(status, 0, stderr);
    assert.deepEqual(world.server.seen, []);
    assert.deepEqual(fs.readFileSync(path.join(world.folder, renamed.MODEL_FILE)), model);
    assert.deepEqual(content(), model);
    assert.equal((await fetchModel(renamed)).status, 0);
    // A rollback, while the server cannot be reached.
    await world.server.close();
    assert.equal((await fetchModel()).status, 0);
    await serve();
  });

  it("does not accept a damaged model under another name", async () => {
    await serve();
    await fetchModel();
    fs.writeFileSync(file(), other);
    const renamed = { MODEL_FILE: "m-0123456789ab.gguf", MODEL_SHA256: sha256(model) };
    assert.equal((await fetchModel(renamed)).status, 0);
    assert.deepEqual(fs.readFileSync(path.join(world.folder, renamed.MODEL_FILE)), model);
    assert.equal(world.server.downloads.length, 2);
  });

  it("removes the partial download of another address", async () => {
    await serve(breaksOff());
    await fetchModel();
    delete world.server.behaviour.fail;
    assert.equal((await fetchModel({ MODEL_FILE: "n.gguf" })).status, 0);
    assert.deepEqual(fs.readdirSync(world.folder).sort(), [".n.gguf.sha256", "n.gguf"]);
  });

  it("takes brackets and braces in an address literally", async () => {
    await serve();
    const { status, stderr } = await fetchModel({ MODEL_URL: world.address.replace("m.gguf", "m[1]{a,b}.gguf") });
    assert.equal(status, 0, stderr);
    assert.equal(world.server.downloads.length, 1);
  });

  it("compares the file with the recorded checksum in later runs", async () => {
    await serve();
    await fetchModel();
    fs.writeFileSync(file(), other);
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0);
    assert.match(stderr, /has changed since the last run/);
    assert.deepEqual(content(), model);
  });

  it("takes no file for the model that no earlier run has recorded", async () => {
    await serve();
    fs.writeFileSync(file(), model.subarray(0, 1000));
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), model);
  });

  it("never accepts a truncated file", async () => {
    await serve();
    await fetchModel();
    fs.truncateSync(file(), 1000);
    assert.equal((await fetchModel()).status, 0);
    assert.deepEqual(content(), model);
  });

  it("downloads the model again if another checksum is requested", async () => {
    await serve();
    await fetchModel();
    world.server.behaviour = { body: other, etag: '"2"' };
    assert.equal((await fetchModel({ MODEL_SHA256: sha256(other) })).status, 0);
    assert.deepEqual(content(), other);
  });

  it("retries after a server error", async () => {
    await serve({ fail: { status: 500, times: 2 } });
    assert.equal((await fetchModel()).status, 0);
    assert.equal(world.server.downloads.length, 3);
  });

  it("gives up after the last try, and prints the number of tries", async () => {
    await serve({ fail: { status: 500, times: 99 } });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 1);
    assert.match(stderr, /can't be downloaded in 4 tries.*next run resumes the download/);
  });

  it("follows a redirect, whose own length is not the file's", async () => {
    await serve({ redirectsTo: "/elsewhere.gguf", hidesLength: true });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
  });

  for (const code of [401, 403, 404, 410]) {
    it(`ends at once with the address and the remedy if the server answers ${code}`, async () => {
      await serve({ fail: { status: code, times: 99 } });
      const { status, stderr } = await fetchModel();
      assert.equal(status, 1);
      assert.ok(
        stderr.includes(`${world.address} can't be downloaded: the server answered ${code}. Correct linnix:model`),
      );
      assert.equal(world.server.downloads.length, 1);
    });
  }

  for (const code of [408, 425, 429]) {
    it(`retries if the server answers ${code}, which is temporary`, async () => {
      await serve({ fail: { status: code, times: 2 } });
      assert.equal((await fetchModel()).status, 0);
      assert.equal(world.server.downloads.length, 3);
    });
  }

  it("downloads a model from a server that rejects requests for headers", async () => {
    await serve({ rejectsHead: true });
    const { status, stderr } = await fetchModel();
    assert.equal(status, 0, stderr);
    assert.deepEqual(content(), model);
  });

  it("does not follow a redirect from https to http", async () => {
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", path.join(world.folder, "key"), "-out", path.join(world.folder, "certificate")];
    await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", ...subject, ...files]);
    const certificate = path.join(world.folder, "certificate");
    await serve();
    const secure = new LyingServer(
      { body: model, redirectsTo: world.address },
      { key: fs.readFileSync(path.join(world.folder, "key"), "utf8"), cert: fs.readFileSync(certificate, "utf8") },
    );
    try {
      const url = `${await secure.listen()}/m.gguf`;
      const { status, stderr } = await fetchModel({ MODEL_URL: url, CURL_CA_BUNDLE: certificate });
      assert.equal(status, 1);
      assert.match(stderr, /redirects to an address that is not https, which is refused/);
      assert.deepEqual(world.server.seen, []);
      assert.equal(secure.downloads.length, 1);
    } finally {
      await secure.close();
    }
  });

  it("prints neither the user name and the password nor the query of an address", async () => {
    const withSecrets = (url: string) => `${url.replace("://", "://someone:p4ss@")}?signature=s3cret`;
    await serve({ fail: { status: 404, times: 1 } });
    const rejected = await fetchModel({ MODEL_URL: withSecrets(world.address) });
    const accepted = await fetchModel({ MODEL_URL: withSecrets(world.address) });
    const invalid = await fetchModel({ MODEL_URL: withSecrets("ftp://127.0.0.1/m.gguf") });
    assert.deepEqual([rejected.status, accepted.status, invalid.status], [1, 0, 2]);
    for (const { stderr } of [rejected, accepted, invalid]) {
      assert.match(stderr, /:\/\/127\.0\.0\.1(:\d+)?\/m\.gguf/);
      assert.doesNotMatch(stderr, /someone|p4ss|s3cret/);
    }
  });

  it("reports a proxy that wants a login or whose name is wrong, without its password", async () => {
    await serve({ fail: { status: 407, times: 99 } });
    const proxy = world.address.replace("/m.gguf", "").replace("://", "://user:p4ss@");
    const refused = await fetchModel({ MODEL_URL: "http://model.invalid/m.gguf", http_proxy: proxy, no_proxy: "" });
    const wrong = { http_proxy: "http://user:p4ss@proxy.invalid:1", no_proxy: "", FETCH_TRIES: "1" };
    const unknown = await fetchModel({ MODEL_URL: "http://model.invalid/m.gguf", ...wrong });
    assert.deepEqual([refused.status, unknown.status], [1, 1]);
    assert.match(refused.stderr, /the proxy requires a user name and a password/);
    assert.match(unknown.stderr, /the name of the proxy can't be resolved/);
    assert.doesNotMatch(`${refused.stderr}${unknown.stderr}`, /p4ss/);
  });

  it("uses a proxy", async () => {
    await serve();
    const proxy = world.address.replace("/m.gguf", "");
    const { status } = await fetchModel({ MODEL_URL: "http://model.invalid/m.gguf", http_proxy: proxy, no_proxy: "" });
    assert.equal(status, 0);
    assert.deepEqual(content(), model);
  });
});
