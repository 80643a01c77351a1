import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { LocalHost } from "../../../../../components/hosts/local/local-host";
import { recordRegistrations } from "../../../../../scripts/render/monitor";
import { settingsOf } from "../../../../fixtures/settings";

/** What a local stack makes on an engine: its labels, and the inputs of which a change is ignored. */
async function onEngine(engineOwner?: string) {
  const found: { type: string; kind: string; name: string; labels: unknown }[] = [];
  const kinds = ["Container", "Volume", "Network"];
  const mocks: pulumi.runtime.Mocks = {
    newResource({ type, name, inputs }) {
      const kind = type.split(":").pop() ?? "";
      if (kinds.includes(kind)) found.push({ type, kind, name, labels: (inputs as { labels?: unknown }).labels });
      return { id: `id of ${name}`, state: inputs as Record<string, unknown> };
    },
    call: () => ({}),
  };
  await pulumi.runtime.setMocks(mocks, "linnix", "t", false);
  const { options } = recordRegistrations();
  const image = pulumi.output("sha256:0");
  const images = { cognitod: { digest: image, reference: image }, llama: { digest: image, reference: image } };
  // With a webhook, cognitod has a volume for its files, too.
  const secrets = { "slack-webhook": "https://hooks.slack.com/services/T/B/x" };
  const raw = engineOwner === undefined ? {} : { engineOwner };
  new LocalHost("host", { settings: settingsOf(raw, { stack: "t" }), images, secrets });
  await pulumi.runtime.disconnect();
  return found.map((it) => ({ ...it, ignored: options(it)?.ignoreChanges ?? [] }));
}

describe("what a local stack makes on an engine", () => {
  it("carries its owner and its stack", async () => {
    const objects = await onEngine("me");
    const names = objects.map(({ kind, name }) => `${kind} ${name}`);
    for (const expected of [
      "Container host-llama",
      "Volume host-data-volume",
      "Volume host-cognitod-files",
      "Network host-network",
    ])
      assert.ok(names.includes(expected), `${expected} is not among ${names.join(", ")}`);
    for (const { name, labels } of objects) {
      const both = [
        { label: "linnix.owner", value: "me" },
        { label: "linnix.stack", value: "t" },
      ];
      assert.deepEqual(labels, both, name);
    }
  });

  it("carries no owner that nobody set", async () => {
    for (const { name, labels } of await onEngine())
      assert.deepEqual(labels, [{ label: "linnix.stack", value: "t" }], name);
  });

  it("is not replaced for its labels: those of an earlier version have none, and a new volume would be empty", async () => {
    for (const { name, ignored } of await onEngine("me")) assert.deepEqual(ignored, ["labels"], name);
  });
});
