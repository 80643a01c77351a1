import assert from "node:assert/strict";

import { fetchPolicy, interfaceServices } from "../../../../../../components/hosts/ec2/network/endpoints";
import { sessionTargets } from "../../../../../../components/settings/ec2/session-arns";

const bucket = "arn:aws:s3:::sessions";
const key = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef";

describe("the endpoints of a private network", () => {
  it("allow it to read from S3 and not to write", () => {
    const [only, ...more] = fetchPolicy(sessionTargets([])).Statement;
    assert.deepEqual(more, []);
    // From any bucket: packages, image layers and the model are in buckets of AWS and of the user.
    assert.deepEqual(only, {
      Sid: "Fetch",
      Effect: "Allow",
      Principal: "*",
      Action: ["s3:GetObject"],
      Resource: ["*"],
    });
  });

  it("let it write to the buckets that record sessions, and to no other", () => {
    const [, record, ...more] = fetchPolicy(sessionTargets([bucket])).Statement;
    assert.deepEqual(more, []);
    assert.deepEqual(record?.Resource, [bucket, `${bucket}/*`]);
    assert.deepEqual(
      [record.Effect, record.Principal, record.Action],
      ["Allow", "*", ["s3:PutObject", "s3:GetEncryptionConfiguration"]],
    );
  });

  it("reach KMS only where sessions are encrypted", () => {
    assert.ok(!interfaceServices(sessionTargets([bucket])).includes("kms"));
    assert.ok(interfaceServices(sessionTargets([key])).includes("kms"));
  });
});
