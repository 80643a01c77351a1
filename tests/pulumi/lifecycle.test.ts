import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { changed } from "../../scripts/lib/pulumi";
import { named } from "./driven-stack";
import { type Outputs, TestStack, ask, removeStacks } from "./stack";

/** The tests run in order on one stack: each one depends on the one before. */
describe("a stack brought up by plain `pulumi up`", function () {
  this.timeout(360_000);
  let stack: TestStack;
  let outputs: Outputs;

  before("up", async () => {
    stack = await TestStack.make("copy");
    const changes = await stack.up();
    assert.ok((changes.create ?? 0) > 0);
    outputs = await stack.outputs();
  });
  after("nothing stays", removeStacks);

  const unchanged = async () => {
    const changes = await stack.up("--refresh");
    assert.equal(changed(changes), false, JSON.stringify(changes));
  };

  it("reports both services' health in the documented shape", () => {
    const { health } = outputs;
    const shape = (value: unknown): unknown =>
      typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
        : typeof value;
    const texts = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, "string"]));
    assert.deepEqual(shape(health), {
      healthy: "boolean",
      ...texts("release", "since"),
      kernel: { ...texts("release", "preflight"), btf: "boolean", tracefs: "boolean", psi: "boolean" },
      cognitod: {
        ...texts("status", "kernelInstrumentation", "transport", "detail", "endpoint"),
        activeRules: "number",
      },
      llama: texts("status", "model", "detail", "endpoint"),
    });
    assert.equal(health.healthy, true);
    assert.equal(health.cognitod.status, "healthy");
    assert.equal(health.llama.status, "healthy");
    assert.equal(health.llama.model, "tiny");
    assert.match(health.release, /^[0-9a-f]{16}$/);
    assert.equal(health.release, outputs.release);
    assert.equal(new Date(health.since).toISOString(), health.since);
  });

  it("answers at the endpoints that it prints as its report says", async () => {
    const { endpoints, health } = outputs;
    const ready = await ask(endpoints.health);
    assert.equal(ready.status, 200);
    const body = JSON.parse(ready.body) as Record<string, unknown>;
    assert.equal(body.kernel_instrumentation, health.cognitod.kernelInstrumentation);
    assert.equal(health.cognitod.endpoint, endpoints.health);
    assert.equal((await ask(endpoints.llamaHealth)).status, 200);
    assert.equal(health.llama.endpoint, endpoints.llamaHealth);
    const metrics = await ask(endpoints.metrics);
    assert.equal(metrics.status, 200);
    assert.match(metrics.body, /^# TYPE /m);
    const models = await ask(`${endpoints.llama}/v1/models`);
    assert.ok(models.body.includes(`"${health.llama.model}"`), models.body);
  });

  it("opens cognitod's API to the token only", async () => {
    const processes = `${outputs.endpoints.api}/healthz`;
    assert.equal((await ask(processes)).status, 401);
    assert.equal((await ask(processes, { authorization: "Bearer wrong" })).status, 401);
    assert.equal((await ask(processes, { authorization: `Bearer ${outputs.apiToken}` })).status, 200);
  });

  it("deploys each image by its digest, and tells its size", async () => {
    assert.deepEqual(outputs.images.map(({ name }) => name).sort(), ["cognitod", "llama"]);
    for (const { name, digest, bytes } of outputs.images) {
      assert.match(digest, /^sha256:[0-9a-f]{64}$/);
      const part = name as "cognitod" | "llama";
      assert.equal(await stack.docker("container", "inspect", "--format", "{{.Config.Image}}", stack.on(part)), digest);
      assert.equal(Number(await stack.docker("image", "inspect", "--format", "{{.Size}}", digest)), bytes);
    }
  });

  it("keeps the token out of plain outputs and of the state's plain text", async () => {
    const plain = JSON.parse(await stack.pulumi("stack", "output", "--json")) as Record<string, unknown>;
    assert.equal(plain.apiToken, "[secret]");
    for (const text of [JSON.stringify(plain), await stack.pulumi("stack", "export")]) {
      assert.equal(text.includes(outputs.apiToken), false);
    }
    assert.match(outputs.apiToken, /^\S{32,}$/);
  });

  it("changes nothing when nothing has changed", async () => {
    await stack.pulumi("preview", "--expect-no-changes", "--diff");
    await unchanged();
    assert.deepEqual(await stack.outputs(), outputs);
  });

  it("replaces only llama when a setting concerns only llama", async () => {
    const before = { cognitod: await stack.containerId("cognitod"), llama: await stack.containerId("llama") };
    stack.set({ llamaContext: 4096 });
    assert.deepEqual(named(await stack.preview(), "replace"), ["host-llama"]);
    await stack.up();
    assert.equal(await stack.containerId("cognitod"), before.cognitod);
    assert.notEqual(await stack.containerId("llama"), before.llama);
    assert.equal((await stack.outputs()).health.healthy, true);
  });

  it("rolls a changed source file, keeps the volumes' data and the token", async () => {
    const file = path.join(stack.folder, "source", "cognitod", "src", "main.rs");
    const text = fs.readFileSync(file, "utf8");
    assert.ok(text.includes("sample daemon, not Linnix"));
    fs.writeFileSync(file, text.replace("sample daemon, not Linnix", "sample daemon, not Linnix; changed by a test"));
    const data = ["run", "--rm", "--user", "0:0", "--volume", `${stack.on("data")}:/data`, "--entrypoint", "/bin/sh"];
    const { images } = outputs;
    const shell = images.find(({ name }) => name === "llama")!.digest;
    await stack.docker(...data, shell, "-c", "echo kept >/data/of-a-test");
    const llama = await stack.containerId("llama");

    const planned = await stack.preview();
    assert.ok(named(planned, "update").includes("cognitod-build"), JSON.stringify(planned));
    assert.ok(named(planned, "replace").includes("host-cognitod"), JSON.stringify(planned));
    assert.equal(named(planned, "replace").includes("host-llama"), false);
    assert.deepEqual(named(planned, "delete"), []);
    await stack.up();

    const now = await stack.outputs();
    assert.equal(now.health.healthy, true);
    assert.match(await stack.docker("logs", stack.on("cognitod")), /changed by a test/);
    assert.equal(await stack.docker(...data, shell, "-c", "cat /data/of-a-test"), "kept");
    assert.equal(await stack.containerId("llama"), llama);
    assert.equal(now.apiToken, outputs.apiToken);
    assert.notEqual(now.release, outputs.release);
    await unchanged();
  });

  it("brings back a container that was removed by hand [full]", async () => {
    await stack.docker("rm", "--force", stack.on("llama"));
    const cognitod = await stack.containerId("cognitod");
    const changes = await stack.up("--refresh");
    assert.equal(changed(changes), true);
    assert.equal((await stack.outputs()).health.healthy, true);
    assert.equal((await ask(outputs.endpoints.llamaHealth)).status, 200);
    assert.equal(await stack.containerId("cognitod"), cognitod);
    await unchanged();
  });

  it("leaves nothing when destroyed but the volumes and images that are to stay", async () => {
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await stack.onEngine("container"), []);
    assert.deepEqual(await stack.onEngine("network"), []);
    assert.deepEqual(await stack.onEngine("volume"), [stack.on("data"), stack.on("log")]);
    assert.deepEqual(await stack.onEngine("image"), [`linnix/cognitod:${stack.name}`, `linnix/llama:${stack.name}`]);
    const { deployment } = JSON.parse(await stack.pulumi("stack", "export")) as {
      deployment: { resources?: unknown[] };
    };
    assert.deepEqual(deployment.resources ?? [], []);
  });
});
