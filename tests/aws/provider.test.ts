import assert from "node:assert/strict";

import { linnixHome } from "../../scripts/lib/home";
import { Step } from "../../scripts/lib/progress";
import { run } from "../../scripts/lib/run";
import { PackageShapes, type Shape, differences } from "./provider/package-shapes";
import { builtProvider } from "./provider/provider";

/** What differs for a reason, and makes no difference to this program. */
const accepted: readonly RegExp[] = [
  // The bridge adds a function's id by itself.
  /:get\w+\.id: in the package only$/,
  // A policy: text in Terraform, which the bridge makes of an object.
  /\.(policy|assumeRolePolicy): a value, and an object in the package$/,
  // Newer than the version of Terraform's provider that is published as a module; the program sets none of them.
  /\.(evaluationCriteria|evaluationInterval|warmUpConfiguration|excludeDataVolumeTags|tagFieldSpecifications): in the package only$/,
  /\.(ipv6CidrBlockAssociations|odbNetworkArn|bucketNamespace|blockedEncryptionTypes): in the package only$/,
];

describe("the AWS provider from Go modules", function () {
  this.timeout(60_000);
  let provider: string;

  before("build it", async function () {
    // Half an hour on two cores that others use, too.
    this.timeout(60 * 60_000);
    const step = new Step("provider", "building the AWS provider for tests");
    provider = await builtProvider(linnixHome(), step);
    step.done("built");
  });

  it("names and shapes every property of the program's resources and functions as the npm package", async () => {
    const shapes = JSON.parse((await run(provider, ["-shapes"])).stdout) as Record<string, Shape>;
    const types = new PackageShapes();
    const found = Object.entries(shapes).flatMap(([token, shape]) => differences(token, shape, types.of(token)));
    assert.deepEqual(
      found.filter((line) => !accepted.some((pattern) => pattern.test(line))),
      [],
    );
  });
});
