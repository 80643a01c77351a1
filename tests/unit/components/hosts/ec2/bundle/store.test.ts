import assert from "node:assert/strict";

import { hostBundle } from "../../../../../../components/hosts/ec2/bundle/bundle";
import type { DesiredState } from "../../../../../../components/hosts/ec2/protocol";
import { type HostGraph, hostGraph, useVariationGraphs, variations } from "../../../../../fixtures/ec2-graph";
import { ec2SettingsOf } from "../../../../../fixtures/settings";

const objectType = "aws:s3/bucketObjectv2:BucketObjectv2";
const encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const rollout = "pulumi-nodejs:dynamic/linnix:Rollout";

describe("the bucket of host bundles", function () {
  this.timeout(60_000);
  const { graph, everywhere } = useVariationGraphs();
  const document = ({ one }: HostGraph) => one(rollout).inputs.document as DesiredState;

  it("has the bundle of the settings under its hash, and the desired state names it, in every variation", () => {
    everywhere((it, name) => {
      const settings = ec2SettingsOf(variations[name]);
      const { sha256, archive } = hostBundle({ stack: "dev", ...settings.host });
      const { inputs } = it.one(objectType);
      assert.equal(inputs.key, `host/${sha256}.tar`);
      assert.ok(Buffer.from(String(inputs.contentBase64), "base64").equals(archive));
      assert.deepEqual(document(it).bundle, { address: `s3://${String(inputs.bucket)}/host/${sha256}.tar`, sha256 });
    });
  });

  it("gives the bundle no more tags than S3 accepts for an object, and the bucket all of them", async () => {
    const tags = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`Tag${index}`, "x"]));
    const { one } = await hostGraph({ tags });
    const count = (type: string) => Object.keys(one(type).inputs.tags as object).length;
    assert.deepEqual([count(objectType), count("aws:s3/bucket:Bucket")], [4, 44]);
  });

  it("is closed before the bundle is uploaded, and the bundle is there before the rollout", () => {
    everywhere((it, name) => {
      const { dependsOn } = it.one(objectType).options;
      for (const part of ["ownership", "public-access", "policy"]) assert.ok(dependsOn.includes(`host-bundle-${part}`));
      assert.equal(dependsOn.includes("host-bundle-encryption"), it.all(encryption).length > 0, name);
      assert.ok(it.one(rollout).options.dependsOn.includes("host-bundle-bundle"), name);
    });
  });

  it("keeps the bundle of the release before until the rollout has succeeded: the new object is created first", () => {
    const { options } = graph("the defaults").one(objectType);
    assert.deepEqual([options.deleteBeforeReplace, options.ignoreChanges], [false, []]);
  });

  it("is encrypted with the stack's key where there is one, with one data key for the bucket", () => {
    everywhere((it, name) => {
      const rules = it.all(encryption).map(({ inputs }) => inputs.rules);
      const keyArn = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef";
      const expected = [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
          bucketKeyEnabled: true,
        },
      ];
      assert.deepEqual(rules, name === "everything" || name.includes("key of its own") ? [expected] : []);
    });
  });

  it("has a name that S3 accepts for the longest stack, and is deleted with everything in it", () => {
    const { inputs } = graph("the defaults").one("aws:s3/bucket:Bucket");
    assert.deepEqual([inputs.bucketPrefix, inputs.forceDestroy], ["linnix-dev-host-", true]);
    // The provider appends 26 digits, and S3 accepts 63 characters.
    assert.ok(String(inputs.bucketPrefix).length - "dev".length + 24 <= 63 - 26);
  });
});
