import assert from "node:assert/strict";

import { portsOut } from "../../../../../../components/hosts/ec2/network/ports-out";
import type { RawSettings } from "../../../../../../components/settings/validate";
import { digest, variations } from "../../../../../fixtures/ec2-graph";
import { pullOf } from "../../../../../fixtures/pull";
import { ec2SettingsOf } from "../../../../../fixtures/settings";

function portsFor(raw: RawSettings): number[] {
  const settings = ec2SettingsOf(raw);
  return portsOut(settings, pullOf(settings).ports);
}

describe("the ports that a host may reach", () => {
  it("are only 443, unless an address has another port", () => {
    const others = Object.entries(variations).filter(([, raw]) => portsFor(raw).length > 1);
    assert.deepEqual(
      others.map(([name]) => name),
      ["a registry by address"],
    );
    for (const raw of Object.values(variations)) assert.ok(portsFor(raw).includes(443));
  });

  it("are those of the registry, of prebuilt images and of the model", () => {
    const registry = { registry: "registry.example:5000/linnix", registryUser: "me", registryPassword: "x" };
    assert.deepEqual(portsFor(registry), [443, 5000]);
    const images = { cognitod: `a.example:5001/c@${digest}`, llama: `b.example:5002/l@${digest}` };
    assert.deepEqual(portsFor({ images }), [443, 5001, 5002]);
    assert.deepEqual(portsFor({ model: "https://models.example:8443/m.gguf" }), [443, 8443]);
    assert.deepEqual(portsFor({ llm: "https://llm.example:9443/v1" }), [443, 9443]);
  });
});
