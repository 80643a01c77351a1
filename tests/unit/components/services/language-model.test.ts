import assert from "node:assert/strict";

import { parse } from "smol-toml";

import { localCommands, localServices, localVolumes } from "../../../../components/hosts/local/plan";
import { desiredState } from "../../../../components/hosts/ec2/rollout/build-document";
import { inOrder, loopbackEndpoints } from "../../../../components/services/stack-services";
import { programGraph } from "../../../../scripts/render/graph";
import { exampleBundle } from "../../../fixtures/example-bundle";
import { ec2SettingsOf, settingsOf } from "../../../fixtures/settings";

const image = `ghcr.io/me/cognitod@sha256:${"a".repeat(64)}`;
const address = "https://llm.example/v1";
const key = "a-key-that-must-not-show";

describe("a stack without a language model", () => {
  const settings = settingsOf({ llm: "none", source: "sample" }, { stack: "local" });
  const services = localServices(settings);

  it("runs cognitod and what it needs only, without llama's volume, addresses and commands", () => {
    assert.deepEqual(
      inOrder(services).map(({ name }) => name),
      ["linnix-local-preflight", "linnix-local-owner", "linnix-local-cognitod"],
    );
    assert.deepEqual(localVolumes(services), ["linnix-local-data", "linnix-local-log"]);
    assert.deepEqual(Object.keys(loopbackEndpoints(settings)), ["api", "health", "metrics"]);
    assert.deepEqual(Object.keys(localCommands(settings)), ["status", "cognitodLog"]);
  });

  it("turns cognitod's insights off in its configuration, and keeps the rest of it", () => {
    const [file] = services.cognitod.files!;
    const [text] = file!.parts;
    assert.ok(typeof text === "string");
    const config = parse(text) as Record<string, Record<string, unknown>>;
    assert.deepEqual([config.runtime?.offline, config.reasoner?.enabled], [true, false]);
    assert.deepEqual([config.reasoner?.timeout_ms, config.outputs?.prometheus], [120_000, true]);
    assert.equal(services.cognitod.environment.LLM_ENDPOINT, undefined);
  });

  it("registers nothing of llama", async () => {
    const { resources } = await programGraph("local", { "linnix:source": "sample", "linnix:llm": "none" });
    const names = resources.map(({ name }) => name);
    assert.ok(names.includes("host-cognitod-files") && names.includes("cognitod-build"));
    assert.deepEqual(
      names.filter((name) => /llama|model|network/.test(name)),
      [],
    );
    const written = resources.find(({ name }) => name === "host-cognitod-files-content")?.inputs.texts;
    assert.match(JSON.stringify(written), /offline = true/);
  }).timeout(60_000);

  it("leaves repositories, logs and steps of llama out of an EC2 stack", async () => {
    const config = { "linnix:host": "ec2", "aws:region": "us-east-1", "linnix:llm": "none" };
    const { resources, outputs } = await programGraph("dev", config);
    assert.deepEqual(
      resources.filter(({ name }) => /llama|model/.test(name)).map(({ name }) => name),
      [],
    );
    assert.ok(!JSON.stringify(outputs).includes("llama"));
    const token = { parameter: "/linnix/dev/secrets/api-token", version: 1 };
    const document = desiredState(
      ec2SettingsOf({ llm: "none" }),
      exampleBundle,
      { cognitod: image },
      { "api-token": token },
    );
    assert.deepEqual([document.networks, document.steps.length], [[], 2]);
  }).timeout(60_000);
});

describe("a local stack with a Slack webhook", () => {
  it("gives it to cognitod in a file that neither the graph nor the environment shows", async () => {
    const webhook = "https://hooks.slack.com/services/T0/B0/must-not-show";
    const config = { "linnix:source": "sample", "linnix:slackWebhook": webhook };
    const graph = await programGraph("local", config);
    assert.ok(!JSON.stringify(graph).includes(webhook));
    const written = graph.resources.find(({ name }) => name === "host-cognitod-files-content")!;
    assert.equal(written.inputs.texts, "[secret]");
    const cognitod = graph.resources.find(({ name }) => name === "host-cognitod")!;
    const mounts = cognitod.inputs.mounts as { source: string; target: string; readOnly: boolean }[];
    const mount = mounts.find(({ target }) => target === "/etc/linnix/stack");
    assert.deepEqual([mount?.source, mount?.readOnly], [written.inputs.volume, true]);
    const settings = settingsOf({}, { stack: "local" });
    const [file] = localServices(settings, ["api-token", "slack-webhook"]).cognitod.files!;
    assert.deepEqual(file!.parts.slice(1), [{ secret: "slack-webhook" }, '"\n']);
    const [text] = file!.parts;
    assert.ok(typeof text === "string");
    assert.match(text, /\n\[notifications\.slack\]\nwebhook_url = "$/);
  }).timeout(60_000);
});

describe("a stack with the address of a language model", () => {
  it("gives cognitod address, model and key, the key as a secret", async () => {
    const config = {
      "linnix:source": "sample",
      "linnix:llm": address,
      "linnix:llmModel": "m",
      "linnix:llmApiKey": key,
    };
    const graph = await programGraph("local", config);
    assert.ok(!JSON.stringify(graph).includes(key));
    const settings = settingsOf({ llm: address, llmModel: "m" }, { stack: "local" });
    const { cognitod } = localServices(settings, ["api-token", "llm-api-key"]);
    assert.equal(cognitod.environment.LLM_ENDPOINT, `${address}/chat/completions`);
    assert.equal(cognitod.environment.LLM_MODEL, "m");
    assert.deepEqual(cognitod.secrets, { LINNIX_API_TOKEN: "api-token", OPENAI_API_KEY: "llm-api-key" });
    assert.equal(cognitod.files, undefined);
  }).timeout(60_000);
});
