import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import { tinyModel } from "../../sample/model";
import { TestStack, ask, removeStacks } from "./stack";

/** A server on 127.0.0.1 that sends the same response to every request. */
async function serve(port: number, body: Buffer): Promise<http.Server> {
  const server = http.createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

const portOf = (server: http.Server): number => (server.address() as { port: number }).port;

/** The exported resources without their properties, because each update encrypts secrets differently. */
function deployed(text: string): unknown {
  const { deployment } = JSON.parse(text) as {
    deployment: { resources: { urn: string; id?: string; modified: string }[] };
  };
  return deployment.resources.map(({ urn, id, modified }) => ({ urn, id, modified }));
}

/** One stack that is healthy between the tests: each test breaks it in another way, and repairs it. */
describe("an update that goes wrong", function () {
  this.timeout(480_000);
  let stack: TestStack;
  const servers: http.Server[] = [];

  before("up", async () => {
    stack = await TestStack.make("sample", { healthTimeout: 20 });
    await stack.up();
  });
  afterEach("the settings are good again", () => {
    stack.restore();
  });
  after("nothing stays", async () => {
    servers.forEach((server) => server.close());
    await removeStacks();
  });

  const heals = async (...args: string[]) => {
    await stack.up(...args);
    assert.equal((await stack.outputs()).health.healthy, true);
  };
  const ids = async () => [await stack.containerId("cognitod"), await stack.containerId("llama")];

  it("refuses bad settings, all at once, before any resource is registered", async () => {
    const before = await stack.pulumi("stack", "export");
    const running = await ids();
    stack.set({ modle: "x", apiPort: 80, logLevel: "loud", healthPort: stack.port("llama") });
    const healthPort = stack.port("health");
    const said = await stack.failingUp();
    for (const fault of [
      /linnix:modle = x: .*did you mean model/,
      /linnix:apiPort = 80: must be a port from 1024 to 65535/,
      /linnix:logLevel = loud: must be error, warn, info, debug or trace/,
      new RegExp(`linnix:llamaPort = ${healthPort}: is also the port of linnix:healthPort`),
      /pulumi config set linnix:apiPort 3000 --stack/,
    ]) {
      assert.match(said, fault);
    }
    assert.doesNotMatch(said, /host-cognitod|at Object|\.ts:\d+/);
    assert.deepEqual(await ids(), running);
    assert.deepEqual(deployed(await stack.pulumi("stack", "export")), deployed(before));
  });

  it("names the service, its answer and its log when a release can't become healthy, and heals with the next", async () => {
    const broken = path.join(stack.folder, "models", "broken.gguf");
    // The right format at first sight: anything else is refused before the update.
    fs.writeFileSync(broken, "GGUF and no model", { mode: 0o644 });
    stack.set({ model: broken });
    const said = await stack.failingUp();
    assert.match(said, /not healthy within 20 s|keeps crashing/);
    assert.match(said, /llama is un(healthy|reachable): /);
    assert.match(said, /probe's answer: /);
    assert.match(said, /last log lines:\s+.*\S/);
    assert.match(said, /invalid magic|failed to load model|error loading model/);
    assert.doesNotMatch(said, /cognitod is un/);
    stack.restore();
    await heals();
  });

  it("names the service whose port is taken, and heals with the next [full]", async () => {
    const intruder = await serve(0, Buffer.from("{}"));
    servers.push(intruder);
    stack.set({ apiPort: portOf(intruder) });
    const said = await stack.failingUp();
    assert.match(said, /cognitod is un(healthy|reachable): /);
    assert.match(said, /last log lines:[^]*Address already in use/);
    intruder.close();
    stack.restore();
    await heals();
  });

  it("leaves the running llama alone when the model's checksum is wrong", async () => {
    const models = await serve(0, tinyModel());
    servers.push(models);
    const llama = await stack.containerId("llama");
    stack.set({ model: `http://127.0.0.1:${portOf(models)}/other.gguf`, modelSha256: "0".repeat(64) });
    const said = await stack.failingUp();
    assert.match(said, /model ended with exit status 1/);
    assert.match(said, /0{64}/);
    assert.equal(await stack.containerId("llama"), llama);
    const { endpoints } = await stack.outputs();
    assert.equal((await ask(endpoints.llamaHealth)).status, 200);
    stack.restore();
    await heals();
  });

  it("leaves the running cognitod alone when kernel instrumentation is required and this kernel lacks it", async function () {
    // A checkout must pass the real daemon's checks, which require kprobes.
    const checkout = path.join(stack.folder, "source");
    fs.cpSync(path.join("sample", "daemon"), checkout, { recursive: true });
    stack.set({ source: checkout });
    await stack.up();
    const { health } = await stack.outputs();
    if (health.kernel.preflight === "passed") {
      process.stderr.write("    SKIPPED: this kernel has everything that cognitod asks for; nothing to refuse\n");
      stack.restore();
      this.skip();
    }
    assert.equal(health.kernel.preflight, "failed");
    const cognitod = await stack.containerId("cognitod");
    stack.set({ requireKernelInstrumentation: true, logLevel: "debug" });
    const said = await stack.failingUp();
    assert.match(said, /preflight ended with exit status [1-9]/);
    assert.match(said, /kprobe/);
    assert.equal(await stack.containerId("cognitod"), cognitod);
    assert.equal(await stack.docker("container", "inspect", "--format", "{{.State.Running}}", cognitod), "true");
    stack.restore();
    await heals();
  });
});

describe("a service that stops being healthy after the update", function () {
  this.timeout(480_000);
  let stack: TestStack;

  before("up", async () => {
    stack = await TestStack.make("sample", { healthTimeout: 20 });
    await stack.up();
  });
  after("nothing stays", removeStacks);

  const status = async (part: "cognitod" | "llama") => (await stack.outputs()).health[part].status;

  it("is reported by a refresh when its container was stopped, and started by an update", async () => {
    await stack.docker("stop", stack.on("llama"));
    await stack.pulumi("refresh", "--run-program", "--yes", "--skip-preview");
    assert.equal(await status("llama"), "unhealthy");
    assert.equal((await stack.outputs()).health.healthy, false);
    await stack.up("--refresh");
    assert.equal((await stack.outputs()).health.healthy, true);
  });

  it("fails the update while it lost its probes, and passes it once it has them again", async () => {
    await stack.docker("kill", "--signal", "USR1", stack.on("cognitod"));
    const { endpoints } = await stack.outputs();
    while ((await ask(endpoints.health)).status === 200) await setTimeout(500);
    const said = await stack.failingUp("--refresh");
    assert.match(said, /cognitod is unhealthy: /);
    assert.match(said, /probe's answer: 503/);
    assert.match(said, /probes are detached/);
    await stack.docker("restart", stack.on("cognitod"));
    await stack.up("--refresh");
    assert.equal(await status("cognitod"), "healthy");
  });
});
