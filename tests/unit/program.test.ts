import assert from "node:assert/strict";

import { type Graph, programGraph } from "../../scripts/lib/graph";
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

  it("keeps the house rules: tokens, parents, names, registered outputs", () => {
    assert.deepEqual(houseBreaches(graph.resources), []);
  });

  it("registers of each component exactly its public fields", () => {
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

  it("keeps the API token secret wherever it goes", () => {
    assert.ok(!JSON.stringify(graph).includes(token));
    assert.equal(graph.outputs.apiToken, "[secret]");
    assert.equal(find("host-cognitod").inputs.envs, "[secret]");
  });

  it("makes a token only when none is given", async () => {
    assert.ok(!graph.resources.some(({ name }) => name === "host-token"));
    const other = await programGraph("local", { "linnix:source": "sample" });
    assert.ok(other.resources.some(({ name }) => name === "host-token"));
  });

  it("builds from the source that the settings name", () => {
    const { context } = find("cognitod-build").inputs as { context: { named: Record<string, { location: string }> } };
    assert.equal(context.named.linnix?.location, "tests/fixtures/sample-daemon");
  });

  it("loads images into the engine without pushing, and not in a preview", () => {
    for (const name of ["cognitod-build", "llama-build"]) {
      const { exec, load, push, buildOnPreview } = find(name).inputs;
      assert.deepEqual(
        { exec, load, push, buildOnPreview },
        { exec: true, load: true, push: false, buildOnPreview: false },
      );
    }
  });

  it("builds for EC2 with the builder that the settings name, which keeps its cache in the stack's registry", async () => {
    const other = await programGraph("dev", {
      "linnix:host": "ec2",
      "aws:region": "us-east-1",
      "linnix:builder": "ci",
    });
    const build = other.resources.find(({ name }) => name === "cognitod-build");
    assert.deepEqual(build?.inputs.builder, { name: "ci" });
    assert.equal((build.inputs.cacheTo as unknown[]).length, 1);
  });

  it("fetches a model only when it is no file", async () => {
    const file = `${__dirname}/../../package.json`;
    const other = await programGraph("local", { "linnix:source": "sample", "linnix:model": file });
    assert.ok(!other.resources.some(({ name }) => name.startsWith("host-model")));
    const names = other.resources.filter(({ type }) => type.endsWith(":Volume")).map(({ inputs }) => inputs.name);
    assert.deepEqual(names, ["linnix-local-data", "linnix-local-log"]);
  });

  it("names everything after the stack, so that two stacks fit on one engine", async () => {
    const other = await programGraph("second", { "linnix:source": "sample" });
    const named = other.resources.flatMap(({ inputs }) => (typeof inputs.name === "string" ? [inputs.name] : []));
    assert.ok(named.length > 5);
    for (const name of named) assert.match(name, /^linnix-second-/);
  });

  it("refuses bad settings, all at once, before it registers anything", async () => {
    const bad = programGraph("local", { "linnix:apiPort": "1", "linnix:sorce": "x" });
    await assert.rejects(bad, /2 fault\(s\)[^]*linnix:apiPort = 1[^]*linnix:sorce/);
  });

  it("exports outputs that are what their names say", () => {
    const endpoints = graph.outputs.endpoints as Record<string, string>;
    for (const address of Object.values(endpoints)) assert.equal(new URL(address).hostname, "127.0.0.1");
    const commands = graph.outputs.commands as Record<string, string>;
    assert.match(commands.insight ?? "", new RegExp(endpoints.api ?? "-"));
    assert.match(String(graph.outputs.release), /^[0-9a-f]{16}$/);
  });
});
