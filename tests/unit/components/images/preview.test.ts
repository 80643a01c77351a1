import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { cognitodBuild } from "../../../../components/images/build-spec";
import { BuiltImage } from "../../../../components/images/image";
import { externalRegistry } from "../../../../components/images/registry/external";
import { releaseId } from "../../../../components/services/release-id";

/** The SDK declares no property for it. */
const isKnown = (output: pulumi.Output<string>) => (output as unknown as { isKnown: Promise<boolean> }).isKnown;

/** What a preview knows of an image whose provider answers with this digest. */
async function previewed(digest: string) {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({ id: name, state: { ...(inputs as Record<string, unknown>), digest } }),
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    ...(["linnix", "dev", true] as const),
  );
  const registry = externalRegistry({ stack: "dev", address: "r.io/x", user: "u", password: "p" });
  const build = cognitodBuild({ kind: "sample", location: "sample/daemon", revision: "r" }, {});
  const image = new BuiltImage("cognitod", { stack: "dev", build, registry });
  const release = image.digest.apply((cognitod) => releaseId({ cognitod }, []));
  const known = await Promise.all([image.digest, image.reference, release].map(isKnown));
  await pulumi.runtime.disconnect();
  return known;
}

describe("a preview", () => {
  it("promises no digest, no reference and no release of an image that is to be built again", async () => {
    assert.deepEqual(await previewed(""), [false, false, false]);
  });

  it("has those of an image that stays", async () => {
    assert.deepEqual(await previewed(`sha256:${"0".repeat(64)}`), [true, true, true]);
  });
});
