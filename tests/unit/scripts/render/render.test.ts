import assert from "node:assert/strict";

import type { DesiredState } from "../../../../components/hosts/ec2/protocol";
import { type Graph, programGraph } from "../../../../scripts/render/graph";
import { ec2Renderings } from "../../../../scripts/render/renderings";

const secrets = {
  "linnix:apiToken": "a-token-that-must-not-show-anywhere",
  "linnix:slackWebhook": "https://hooks.slack.com/services/T0/B0/must-not-show",
  "linnix:registryPassword": "a-password-that-must-not-show",
  "linnix:registry": "ghcr.io/my-org",
  "linnix:registryUser": "me",
};
const config = { "aws:region": "eu-west-1", "linnix:host": "ec2", "linnix:llamaThreads": "2" };
const rolloutType = "pulumi-nodejs:dynamic/linnix:Rollout";

describe("an EC2 stack, rendered", function () {
  this.timeout(60_000);
  let graph: Graph;
  before(async () => {
    graph = await programGraph("dev", { ...config, ...secrets });
  });
  const file = (name: string) => {
    const render = ec2Renderings(graph)[name];
    assert.ok(render, `no file ${name}`);
    return render();
  };

  it("shows no secret that its settings give: not in the graph, not in its outputs, not in a file", () => {
    const all = [JSON.stringify(graph), ...Object.values(ec2Renderings(graph)).map((render) => render())];
    for (const name of ["apiToken", "slackWebhook", "registryPassword"] as const) {
      for (const text of all) assert.ok(!text.includes(secrets[`linnix:${name}`]), name);
    }
    assert.equal(graph.outputs.apiToken, "[secret]");
    // They are there, as what they are.
    const parameters = graph.resources.filter(
      ({ type, inputs }) => type === "aws:ssm/parameter:Parameter" && String(inputs.name).includes("/secrets/"),
    );
    assert.equal(parameters.length, 3);
    for (const { inputs } of parameters) assert.deepEqual([inputs.type, inputs.value], ["SecureString", "[secret]"]);
  });

  it("renders user data that would boot, and holds neither release nor secret", () => {
    const text = file("user-data");
    assert.match(text, /^#cloud-config\n/);
    assert.match(text, /"region":"eu-west-1".*"dataVolume":"vol-[0-9a-f]{17}"/);
    assert.ok(!text.includes(String(graph.outputs.release)));
    assert.ok(!text.includes("sha256:"));
  });

  it("renders the host bundle: its files, and what the stack decides in them", () => {
    assert.match(file("bundle"), /^0000755 set-up$/m);
    assert.match(file("bundle"), /^0000644 files\/etc\/systemd\/system\/linnix-host\.service$/m);
    assert.match(file("host.env"), /^ACCOUNTS='cognitod:65531 llama:65532'$/m);
    assert.match(file("cloudwatch-agent"), /"region": "eu-west-1"/);
  });

  it("renders the units that the document holds, by service", () => {
    const { steps } = JSON.parse(file("desired-state")) as DesiredState;
    const units = steps.flatMap((step) => (step.kind === "service" ? [step.unit] : []));
    const joined = ["cognitod.service", "llama.service"].map((name) => file(name).replace(/ \\\n +/g, " "));
    assert.deepEqual(joined, units);
    assert.match(file("preflight"), /^docker run --rm [^]*linnix-preflight/);
    assert.match(file("model"), /MODEL_URL=https/);
  });

  it("renders commands and units in lines that a terminal of 80 columns shows whole, unless a word or an option is longer", () => {
    for (const name of ["cognitod.service", "llama.service", "preflight", "model"]) {
      const long = file(name)
        .split("\n")
        .filter((line) => line.length > 80);
      for (const line of long) assert.ok(line.trim().split(/ (?=--)/).length === 1, line);
    }
  });

  it("renders policies and dashboard as documents", () => {
    const policies = JSON.parse(file("policies")) as Record<string, { Statement?: unknown[] }>;
    assert.ok(Object.entries(policies).some(([name, { Statement }]) => name.startsWith("host-identity") && Statement));
    assert.ok(Object.keys(policies).includes("host-identity-role (trust)"));
    assert.ok((JSON.parse(file("dashboard")) as { widgets: unknown[] }).widgets.length > 3);
  });

  it("rolls out exactly the document that the release is named by", () => {
    const { document, expected } = graph.resources.find(({ type }) => type === rolloutType)!.inputs as {
      document: DesiredState;
      expected: { release: string };
    };
    assert.deepEqual([document.release, expected.release], [graph.outputs.release, graph.outputs.release]);
    assert.deepEqual(Object.keys(document.secrets).sort(), ["api-token", "registry-password", "slack-webhook"]);
  });

  it("replaces nothing for another release: of the graph only the rollout differs", async () => {
    const other = await programGraph("dev", { ...config, ...secrets, "linnix:logLevel": "debug" });
    const text = ({ name, inputs }: Graph["resources"][number]) => `${name} ${JSON.stringify(inputs)}`;
    const before = new Set(graph.resources.map(text));
    const changed = other.resources.filter((resource) => !before.has(text(resource)));
    assert.deepEqual(
      changed.map(({ type }) => type),
      [rolloutType],
    );
  });
});
