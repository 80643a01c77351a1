import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";

import { type Home, linnixHome } from "../../../../scripts/lib/home";
import { Display } from "../../../../scripts/lib/display";
import { Step } from "../../../../scripts/lib/progress";
import { run } from "../../../../scripts/lib/run";
import { cliArchive, pluginArchive } from "../../../../scripts/toolchain/archives";
import { type Archive, download } from "../../../../scripts/toolchain/download";
import { downloadPlugin, installCli } from "../../../../scripts/toolchain/install";

const sumOf = (content: Buffer) => createHash("sha256").update(content).digest("hex");

/** What the step printed, except for the line that it begins with. */
const printed = (lines: readonly string[]) =>
  lines
    .join("")
    .split("\n")
    .filter((line) => line.includes("checksum"));

describe("the official download", () => {
  let folder: string;
  let home: Home;
  let host: string;
  let server: http.Server;
  let files: Map<string, Buffer>;
  let requests: number;
  let notes: string[];

  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-download-"));
    home = linnixHome({ LINNIX_HOME: path.join(folder, "home") });
    files = new Map();
    requests = 0;
    notes = [];
    server = http.createServer((request, response) => {
      requests += 1;
      const name = path.basename(request.url ?? "");
      const content = files.get(name);
      if (content !== undefined) response.end(content);
      else if (name.startsWith("moved-")) response.writeHead(302, { location: name.slice("moved-".length) }).end();
      else if (name.startsWith("cut-"))
        response.writeHead(200, { "content-length": 9 }).write("part", () => response.destroy());
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    host = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    fs.rmSync(folder, { recursive: true });
  });

  const noting = () => new Step("test", "", new Display({ write: (text) => notes.push(text) }));
  const serve = (name: string, content: Buffer | string) => files.set(name, Buffer.from(content));

  /** Downloads into `folder`, which has nothing else except `records`. */
  const fetched = (archive: Archive) => {
    const records = path.join(folder, "records");
    fs.mkdirSync(records, { recursive: true });
    return download(archive, { folder, records, step: noting() });
  };
  const left = () => fs.readdirSync(folder).filter((name) => name !== "records");

  it("is used if it has the pinned checksum, and nothing is recorded", async () => {
    serve("a.tar.gz", "content");
    const file = await fetched({ url: `${host}/a.tar.gz`, sha256: sumOf(Buffer.from("content")) });
    assert.equal(fs.readFileSync(file, "utf8"), "content");
    assert.deepEqual([fs.readdirSync(path.join(folder, "records")), printed(notes)], [[], []]);
  });

  it("is removed if it has another checksum than the pinned one", async () => {
    serve("a.tar.gz", "changed");
    const pinned = sumOf(Buffer.from("content"));
    await assert.rejects(
      fetched({ url: `${host}/a.tar.gz`, sha256: pinned }),
      new RegExp(
        `a\\.tar\\.gz has .* ${sumOf(Buffer.from("changed"))}, and ${pinned} is pinned in pins\\.json.*LINNIX_TOOLS=build`,
      ),
    );
    assert.deepEqual(left(), []);
  });

  it("is recorded, with a message, if no checksum is pinned; a later one must be the same", async () => {
    const archive = { url: `${host}/a.tar.gz` };
    serve("a.tar.gz", "content");
    fs.rmSync(await fetched(archive));
    const record = path.join(folder, "records", "a.tar.gz.sha256");
    assert.equal(fs.readFileSync(record, "utf8"), `${sumOf(Buffer.from("content"))}\n`);
    assert.match(
      printed(notes).join("\n"),
      /a\.tar\.gz: no checksum is pinned, so this download was not verified.*recorded in/,
    );

    notes = [];
    fs.rmSync(await fetched(archive));
    assert.deepEqual(printed(notes), []);

    serve("a.tar.gz", "changed");
    await assert.rejects(fetched(archive), /is recorded in .*a\.tar\.gz\.sha256/);
    assert.deepEqual(left(), []);
    assert.equal(fs.readFileSync(record, "utf8"), `${sumOf(Buffer.from("content"))}\n`);
  });

  it("comes from the named host alone if no checksum is pinned, since a redirect could lead anywhere", async () => {
    serve("a.tar.gz", "content");
    await assert.rejects(fetched({ url: `${host}/moved-a.tar.gz` }), /cannot be downloaded: .*redirect/);
    const file = await fetched({ url: `${host}/moved-a.tar.gz`, sha256: sumOf(Buffer.from("content")) });
    assert.equal(fs.readFileSync(file, "utf8"), "content");
  });

  for (const [what, name, reason] of [
    ["is not there", "missing.tar.gz", /missing\.tar\.gz cannot be downloaded: HTTP status 404/],
    ["ends early", "cut-a.tar.gz", /cut-a\.tar\.gz cannot be downloaded: terminated/],
  ] as const) {
    it(`fails with its address if it ${what}, and leaves no file and no record`, async () => {
      await assert.rejects(fetched({ url: `${host}/${name}` }), reason);
      assert.deepEqual([left(), fs.readdirSync(path.join(folder, "records"))], [[], []]);
    });
  }

  /** An archive as Pulumi's releases are: one folder, with the programs. */
  async function release(name: string): Promise<Buffer> {
    const root = path.join(folder, "release", "pulumi");
    fs.mkdirSync(root, { recursive: true });
    fs.writeFileSync(path.join(root, "pulumi"), "#!/bin/sh\necho v3\n", { mode: 0o755 });
    const file = path.join(folder, name);
    await run("tar", ["-czf", file, "-C", path.dirname(root), "pulumi"]);
    return fs.readFileSync(file);
  }

  it("installs the CLI once, and nothing if its checksum is wrong", async () => {
    const { url } = cliArchive(host, "linux", "x64");
    const name = path.basename(url);
    const content = await release(name);
    serve(name, content);
    await assert.rejects(installCli(home, noting(), { url, sha256: "0".repeat(64) }), /is pinned in/);
    assert.deepEqual(fs.readdirSync(home.tools), ["checksums"]);

    requests = 0;
    const archive = { url, sha256: sumOf(content) };
    const both = await Promise.all([installCli(home, noting(), archive), installCli(home, noting(), archive)]);
    assert.equal(both[0], both[1]);
    assert.equal((await run(both[0], [])).stdout, "v3\n");
    assert.equal(requests, 1);
    assert.deepEqual(fs.readdirSync(path.join(home.cache, "downloads")), []);
  });

  it("gives the CLI a plugin's verified archive, and never one with a wrong checksum", async () => {
    const { url } = pluginArchive("docker", host, "linux", "arm64");
    serve(path.basename(url), "plugin");
    const cli = path.join(folder, "cli");
    const seen = path.join(folder, "seen");
    fs.writeFileSync(cli, `#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\ncat "$1" >>${seen}\n`, { mode: 0o755 });
    const wrong = { url, sha256: "0".repeat(64) };
    await assert.rejects(downloadPlugin(home, cli, "docker", noting(), wrong), /is pinned in/);
    assert.equal(fs.existsSync(seen), false);
    await downloadPlugin(home, cli, "docker", noting(), { url, sha256: sumOf(Buffer.from("plugin")) });
    assert.equal(fs.readFileSync(seen, "utf8"), "plugin");
    assert.deepEqual(fs.readdirSync(path.join(home.cache, "downloads")), []);
  });
});

describe("the official archives", () => {
  it("are named as Pulumi names them, with the CLI's pinned checksum on both architectures", () => {
    for (const [machine, sdk, plugin] of [
      ["x64", "linux-x64", "linux-amd64"],
      ["arm64", "linux-arm64", "linux-arm64"],
    ] as const) {
      const { url, sha256 } = cliArchive(undefined, "linux", machine);
      assert.match(url, new RegExp(`^https://get\\.pulumi\\.com/releases/sdk/pulumi-v3\\.[0-9.]+-${sdk}\\.tar\\.gz$`));
      assert.match(sha256 ?? "", /^[0-9a-f]{64}$/);
      assert.match(
        pluginArchive("docker-build", undefined, "linux", machine).url,
        new RegExp(`/releases/plugins/pulumi-resource-docker-build-v[0-9.]+-${plugin}\\.tar\\.gz$`),
      );
    }
    assert.notEqual(cliArchive(undefined, "linux", "x64").sha256, cliArchive(undefined, "linux", "arm64").sha256);
  });

  it("exist for Linux only here", () => {
    assert.throws(() => cliArchive(undefined, "darwin", "arm64"), /this is darwin on arm64.*Install the Pulumi CLI/);
    assert.throws(() => cliArchive(undefined, "linux", "riscv64"), /this is linux on riscv64/);
  });
});
