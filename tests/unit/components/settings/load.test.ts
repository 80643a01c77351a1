import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import type { SecretName } from "../../../../components/services/secrets";
import { type Configuration, loadSettings } from "../../../../components/settings/load";
import { secretSettings } from "../../../../components/settings/schema";

const secrets = {
  "linnix:apiToken": "a-token-of-16-characters",
  "linnix:slackWebhook": "https://hooks.slack.com/services/T0/B0/xyz",
  "linnix:registryPassword": "s3cret",
};

const config = {
  "aws:region": "eu-west-1",
  "aws:profile": "me",
  "linnix:host": "ec2",
  "linnix:registry": "ghcr.io/my-org",
  "linnix:registryUser": "me",
  ...secrets,
};

/** Reads this configuration as the program does. */
async function load(given: Record<string, string>, secretKeys = Object.keys(secrets)): Promise<Configuration> {
  const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
  await pulumi.runtime.setMocks(mocks, "linnix", "prod", false);
  pulumi.runtime.setAllConfig(given, secretKeys);
  return loadSettings();
}

const valueOf = (output: pulumi.Output<string> | undefined) =>
  new Promise<string>((resolve) => {
    assert.ok(output);
    output.apply(resolve);
  });

describe("the stack's configuration", () => {
  it("is read from the engine, the AWS provider's region with it", async () => {
    const { settings } = await load(config);
    assert.ok(settings.host.kind === "ec2");
    assert.deepEqual([settings.stack, settings.host.region], ["prod", "eu-west-1"]);
    assert.deepEqual(settings.registry, { kind: "external", address: "ghcr.io/my-org", user: "me" });
  });

  it("gives secrets out as secrets only", async () => {
    const { settings, secrets: given } = await load(config);
    for (const [name, output] of Object.entries(given)) {
      assert.ok(await pulumi.isSecret(output), name);
      const secret = await valueOf(output);
      assert.equal(secret, secrets[`linnix:${secretSettings[name as SecretName]}` as keyof typeof secrets]);
      assert.ok(!JSON.stringify(settings).includes(secret));
    }
    assert.equal(Object.keys(given).length, 3);
  });

  it("has no secret where none is given", async () => {
    const { settings, secrets: given } = await load({ "linnix:host": "local" });
    assert.equal(settings.host.kind, "local");
    assert.deepEqual(given, {});
  });

  it("is refused as a whole, with every fault and no secret", async () => {
    const bad = load({ ...config, "aws:region": "eu-west-11", "linnix:source": "sample" }, ["linnix:apiToken"]);
    await assert.rejects(bad, (error: Error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(
        error.message,
        /^Stack prod has invalid settings \(4\)[^]*aws:region = eu-west-11[^]*linnix:source = sample/,
      );
      assert.match(error.message, /linnix:slackWebhook: is stored in plain[^]*--secret linnix:slackWebhook/);
      for (const secret of Object.values(secrets)) assert.ok(!error.message.includes(secret));
      return true;
    });
  });
});
