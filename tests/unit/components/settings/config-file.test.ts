import assert from "node:assert/strict";

import { foreignConfigFile } from "../../../../components/settings/config-file";
import { otherPort } from "../../../../components/settings/other-port";

describe("the settings file that the environment names", () => {
  it("is refused if it is another stack's", () => {
    const [fault] = foreignConfigFile("dev", "/root/.local/share/linnix-pulumi/Pulumi.local.yaml");
    assert.match(
      `${fault?.value ?? ""} ${fault?.problem ?? ""}`,
      /Pulumi\.local\.yaml .*stack local.*this stack is dev/,
    );
    assert.match(fault?.remedy ?? "", /^unset PULUMI_OPTION_CONFIG_FILE /);
  });

  it("is accepted if it is this stack's, if nothing says whose it is, and if there is none", () => {
    for (const file of [undefined, "", "/h/Pulumi.dev.yaml", "Pulumi.dev.yml", "/h/mine.yaml", "/Pulumi.x.yaml/y"])
      assert.deepEqual(foreignConfigFile("dev", file), []);
  });
});

describe("another port for a remedy", () => {
  it("is a valid one that no service has", () => {
    assert.equal(otherPort(3000, [3000, 9464]), 13000);
    assert.equal(otherPort(3000, [3000, 13000]), 13001);
    for (const port of [1024, 55_535, 60_000, 65_535]) {
      const other = otherPort(port, [port]);
      assert.ok(other !== port && other >= 1024 && other <= 65_535, String(other));
    }
  });
});
