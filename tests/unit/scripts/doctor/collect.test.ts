import assert from "node:assert/strict";

import { hiddenValues, resourceList, shownSettings } from "../../../../scripts/doctor/collect";

describe("what a bundle shows", () => {
  const raw = {
    ...{ apiPort: 3000, apiToken: "abc", slackWebhook: { secure: "v1:x" }, apiTokn: "misspelt", odd: "true" },
    model: { secure: "v1:y" },
  };

  it("of the settings is every value but those of secrets, of unknown keys and of what is encrypted", () => {
    const masked = "[secret]";
    assert.deepEqual(shownSettings(raw), {
      "linnix:apiPort": 3000,
      "linnix:apiToken": masked,
      "linnix:slackWebhook": masked,
      "linnix:apiTokn": masked,
      "linnix:odd": masked,
      "linnix:model": masked,
    });
  });

  it("masks elsewhere what it hides of the settings, except ordinary words of unknown keys", () => {
    assert.deepEqual(hiddenValues(raw), ["abc", "misspelt"]);
  });

  it("of a state is type, name and parent of each resource, and the operations that did not end", () => {
    const urn = (name: string) => `urn:pulumi:a::linnix::t::${name}`;
    const one = { type: "t", urn: urn("one"), parent: urn("two"), inputs: { password: "x" }, outputs: { y: "z" } };
    const pending = { type: "creating", resource: { urn: urn("three"), inputs: { password: "x" } } };
    assert.deepEqual(resourceList({ deployment: { resources: [one], pending_operations: [pending] } }), {
      resources: [{ type: "t", name: "one", parent: "two" }],
      pending: [{ operation: "creating", name: "three" }],
    });
    assert.deepEqual(resourceList({}), { resources: [], pending: [] });
  });
});
