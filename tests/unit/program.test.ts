import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { writeTinyModel } from "../../sample/model";
import { type Graph, programGraph } from "../../scripts/render/graph";
import { houseBreaches } from "../fixtures/house-rules";

const token = "a-token-that-must-not-show-anywhere";

describe("the program", function () {
  this.timeout(60_000);
  let graph: Graph;
  const find = (name: string) => {
    const found = graph.resources.find((resource) => resource.name === name);
    assert.ok(found, `no resource ${name}`);
    return found;
  };

  before(async () => {
    graph = await programGraph("local", { "linnix:source": "sample", "linnix:apiToken": token });
  });

  it("follows the conventions for type tokens, parents, names and registered outputs", () => {
    assert.deepEqual(houseBreaches(graph.resources), []);
  });

  it("registers exactly the public fields of each component as outputs", () => {
    const registered = Object.fromEntries(
      graph.resources
        .filter(({ custom }) => !custom)
        .map(({ type, registered }) => [type, Object.keys(registered ?? {}).sort()]),
    );
    assert.deepEqual(registered, {
      "linnix:image:CognitodImage": ["digest", "reference", "tag"],
      "linnix:image:LlamaImage": ["digest", "reference", "tag"],
      "linnix:host:LocalHost": ["apiToken", "endpoints", "health", "images", "release"],
      "linnix:host:RunOnce": ["exitCode"],
    });
  });

  it("deploys by digest, never by tag", () => {
    for (const name of ["host-cognitod", "host-llama", "host-preflight-container", "host-model-container"]) {
      assert.match(String(find(name).inputs.image), /^\[known after deployment: digest/);
    }
  });

  it("passes the proxies of the shell to the container that fetches the model, and to no other", async () => {
    const withProxy = await programGraph(
      "local",
      { "linnix:source": "sample" },
      { HTTPS_PROXY: "http://proxy.example:3128", no_proxy: "localhost" },
    );
    const envs = withProxy.resources.flatMap(({ name, inputs }) => {
      const text = JSON.stringify(inputs.envs ?? []);
      return text.includes("proxy") ? [[name, text] as const] : [];
    });
    assert.deepEqual(
      envs.map(([name]) => name),
      ["host-model-container"],
    );
    assert.match(envs[0]![1], /"https_proxy=http:\/\/proxy\.example:3128","no_proxy=localhost"/);
    const secret = await programGraph("local", { "linnix:source": "sample" }, { https_proxy: "http://a:p4ss@b:1" });
    assert.doesNotMatch(JSON.stringify(secret), /p4ss/);
  });

  it("keeps the API token secret in all resources and outputs", () => {
    assert.ok(!JSON.stringify(graph).includes(token));
    assert.equal(graph.outputs.apiToken, "[secret]");
    assert.equal(find("host-cognitod").inputs.envs, "[secret]");
  });

  it("creates a token only if none is set", async () => {
    assert.ok(!graph.resources.some(({ name }) => name === "host-token"));
    const other = await programGraph("local", { "linnix:source": "sample" });
    assert.ok(other.resources.some(({ name }) => name === "host-token"));
  });

  it("builds from the source in the settings", () => {
    const { context } = find("cognitod-build").inputs as { context: { named: Record<string, { location: string }> } };
    assert.equal(context.named.linnix?.location, "sample/daemon");
  });

  it("loads images into the engine without pushing them, and does not build in a preview", () => {
    for (const name of ["cognitod-build", "llama-build"]) {
      const { exec, load, push, buildOnPreview } = find(name).inputs;
      assert.deepEqual(
        { exec, load, push, buildOnPreview },
        { exec: true, load: true, push: false, buildOnPreview: false },
      );
    }
  });

  it("builds for EC2 with the builder in the settings, and stores the cache in the stack's registry", async () => {
    const other = await programGraph("dev", {
      "linnix:host": "ec2",
      "aws:region": "us-east-1",
      "linnix:builder": "ci",
    });
    const build = other.resources.find(({ name }) => name === "cognitod-build");
    assert.deepEqual(build?.inputs.builder, { name: "ci" });
    assert.equal((build.inputs.cacheTo as unknown[]).length, 1);
  });

  it("downloads no model if the setting is a file", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-model-"));
    const file = path.join(folder, "tiny.gguf");
    await writeTinyModel(file);
    const other = await programGraph("local", { "linnix:source": "sample", "linnix:model": file });
    fs.rmSync(folder, { recursive: true });
    assert.ok(!other.resources.some(({ name }) => name.startsWith("host-model")));
    const names = other.resources.filter(({ type }) => type.endsWith(":Volume")).map(({ inputs }) => inputs.name);
    assert.deepEqual(names, ["linnix-local-data", "linnix-local-log"]);
  });

  it("names everything after the stack, so that an engine can run two stacks", async () => {
    const other = await programGraph("second", { "linnix:source": "sample" });
    const named = other.resources.flatMap(({ inputs }) => (typeof inputs.name === "string" ? [inputs.name] : []));
    assert.ok(named.length > 5);
    for (const name of named) assert.match(name, /^linnix-second-/);
  });

  it("reports all invalid settings at once, before it registers a resource", async () => {
    const bad = programGraph("local", { "linnix:apiPort": "1", "linnix:sorce": "x" });
    await assert.rejects(bad, /invalid settings \(2\)[^]*linnix:apiPort = 1[^]*linnix:sorce/);
  });

  it("exports outputs with valid addresses, commands and release id", () => {
    const endpoints = graph.outputs.endpoints as Record<string, string>;
    for (const address of Object.values(endpoints)) assert.equal(new URL(address).hostname, "127.0.0.1");
    const commands = graph.outputs.commands as Record<string, string>;
    assert.match(commands.insight ?? "", new RegExp(endpoints.api ?? "-"));
    assert.match(String(graph.outputs.release), /^[0-9a-f]{16}$/);
  });
});
