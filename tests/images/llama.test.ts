import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";

import { cognitodBuild, llamaBuild } from "../../components/images/build-spec";
import { cognitodSpec, readyProbe } from "../../components/services/cognitod";
import { fetchModelSpec, llamaProbe, llamaSpec } from "../../components/services/llama";
import { inCi } from "../../scripts/lib/requirements";
import { firstInsight } from "../../scripts/start/insight";
import { tinyModel } from "../../sample/model";
import {
  build,
  docker,
  eventually,
  filesOf,
  probe,
  removeLater,
  removeMade,
  sampleModel,
  start,
  testBases,
  tryDocker,
} from "./docker";

const tag = "linnix-test/llama";
const port = 48091;
const options = { stack: "imagetest", port, memoryMiB: 512, threads: 2, context: 4096 };

/** Requests a completion of a text from the model. */
async function chat(content: string): Promise<{ status: number; text: string; promptTokens: number }> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ max_tokens: 20, temperature: 0, messages: [{ role: "user", content }] }),
  });
  const body = (await answer.json()) as {
    choices: { message: { content: string } }[];
    usage: { prompt_tokens: number };
  };
  return {
    status: answer.status,
    text: body.choices[0]?.message.content ?? "",
    promptTokens: body.usage.prompt_tokens,
  };
}

describe("the llama image", () => {
  before("is built", async () => {
    removeLater("image", "rm", tag);
    await build(llamaBuild(testBases()), tag);
    removeLater("network", "rm", "linnix-imagetest-net");
    await docker("network", "create", "linnix-imagetest-net");
  });
  after(removeMade);

  it("holds the server's whole folder, and no package manager, interpreter or compiler", async () => {
    const files = await filesOf(tag);
    assert.ok(files.includes("/app/llama-server"));
    assert.ok(
      files.some((file) => /^\/app\/libggml-cpu.*\.so$/.test(file)),
      "CPU backends",
    );
    const unwanted = /\/(apt|apt-get|dpkg|perl|python3|cc|gcc|clang|ld)$/;
    assert.deepEqual(
      files.filter((file) => unwanted.test(file)),
      [],
    );
  });

  it("is, with the cognitod image of the sample, at most 75 MB", async () => {
    const other = "linnix-test/cognitod-for-size";
    removeLater("image", "rm", other);
    const source = { kind: "sample", location: "sample/daemon", revision: "test" } as const;
    await build(cognitodBuild(source, testBases()), other);
    const sizes = await Promise.all(
      [tag, other].map(async (it) => Number(await docker("image", "inspect", "--format", "{{.Size}}", it))),
    );
    assert.ok(sizes.every((bytes) => bytes > 1e6));
    assert.ok((sizes[0] ?? 0) + (sizes[1] ?? 0) <= 75e6, sizes.join(" + "));
  });

  describe("with a model's file", () => {
    let container: string;
    let makesSentences: boolean;
    before(async () => {
      const model = await sampleModel();
      makesSentences = model.makesSentences;
      container = await start(
        llamaSpec({ ...options, model: { name: "sample", file: "sample.gguf", source: model.file } }),
        tag,
      );
      await eventually("healthy", async () => (await probe(container, llamaProbe(port).command)).status === 200);
    });

    it("answers a chat completion, and one with a long prompt", async () => {
      const short = await chat("Hello");
      assert.equal(short.status, 200);
      assert.notEqual(short.text.trim(), "");
      const long = await chat("What do you see? ".repeat(350));
      assert.equal(long.status, 200);
      assert.ok(long.promptTokens > 1500, String(long.promptTokens));
    });

    it("answers in sentences", async function () {
      if (!makesSentences) {
        assert.ok(!inCi(), "the sample model cannot be downloaded from the package index");
        process.stderr.write("*** LEFT OUT: the sample model cannot be downloaded from the package index ***\n");
        this.skip();
      }
      // The words of the model with random weights have no capital letters.
      assert.match((await chat("Explain what a computer does.")).text, /^[A-Z][^]* (a|the|is|and|of|to) /);
    });

    it("runs as no root, without a capability, on a root that it can't write to", async () => {
      const pid = await docker("inspect", "--format", "{{.State.Pid}}", container);
      const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
      assert.match(status, /^Uid:\s+65532\s+65532/m);
      assert.match(status, /^CapEff:\s+0+$/m);
      assert.match(status, /^CapBnd:\s+0+$/m);
      await assert.rejects(
        docker("exec", container, "/bin/sh", "-c", "echo x > /app/x"),
        /Read-only file system|Permission denied/,
      );
    });

    it("answers on loopback only", async () => {
      const published = await docker("port", container);
      assert.match(published, /^\d+\/tcp -> 127\.0\.0\.1:\d+$/);
    });

    it("gives cognitod the words of an insight", async () => {
      const image = "linnix-test/cognitod-for-insight";
      removeLater("image", "rm", image);
      const source = { kind: "sample", location: "sample/daemon", revision: "test" } as const;
      await build(cognitodBuild(source, testBases()), image);
      const ports = { api: 43001, health: 49465 };
      const daemon = cognitodSpec({
        ...{ stack: "insighttest", sample: true, privileges: "least", ports, memoryMiB: 256, logLevel: "info" },
        llm: { endpoint: `http://127.0.0.1:${port}/v1/chat/completions`, model: "sample" },
      });
      const started = await start(daemon, image, { LINNIX_API_TOKEN: "token-of-the-insight" });
      await eventually("ready", async () => (await probe(started, readyProbe(ports.health).command)).status === 200);
      const insight = await firstInsight({
        api: `http://127.0.0.1:${ports.api}`,
        token: "token-of-the-insight",
        withinSeconds: 180,
      });
      assert.equal(insight.sample, true);
      assert.notEqual(insight.summary, "");
      if (makesSentences) assert.match(insight.summary, /[A-Z][^]* (a|the|is|and|of|to) /);
      await docker("rm", "--force", "--volumes", started, container);
    });
  });

  describe("with a model that it fetches into its volume", () => {
    const model = tinyModel();
    const sha256 = createHash("sha256").update(model).digest("hex");
    let server: http.Server;
    let url: string;

    before(async () => {
      server = http.createServer((_request, response) => response.end(model));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${(server.address() as { port: number }).port}/tiny.gguf`;
    });
    after(() => server.close());

    const fetchOnce = async (checksum: string): Promise<number> => {
      const container = await start(
        fetchModelSpec({ stack: "imagetest", file: "tiny.gguf", url, sha256: checksum }),
        tag,
      );
      const status = Number(await docker("wait", container));
      // Its own lines only: a tool that fails, for lack of a writable folder, would print others.
      const { stdout, stderr } = await tryDocker("logs", container);
      const lines = `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
      assert.deepEqual(
        lines.filter((line) => !line.startsWith("fetch-model: ")),
        [],
      );
      await docker("rm", container);
      return status;
    };

    it("refuses a wrong checksum, and leaves nothing that could be served", async () => {
      assert.equal(await fetchOnce("0".repeat(64)), 1);
      const files = await docker(
        "run",
        "--rm",
        "--entrypoint",
        "/bin/ls",
        "--volume",
        "linnix-imagetest-models:/models",
        tag,
        "/models",
      );
      assert.equal(files, "");
    });

    it("serves what was fetched, read-only", async () => {
      assert.equal(await fetchOnce(sha256), 0);
      const spec = llamaSpec({ ...options, model: { name: "tiny", file: "tiny.gguf" } });
      const container = await start(spec, tag);
      await eventually("healthy", async () => (await probe(container, llamaProbe(port).command)).status === 200);
      assert.equal((await chat("Hello")).status, 200);
      await assert.rejects(docker("exec", container, "/bin/sh", "-c", "echo x > /models/x"), /Read-only file system/);
    });
  });
});
