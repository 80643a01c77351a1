import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { entropy, holdsSecret } from "../../../../policy/rules/secret-text";

describe("a secret in a text", () => {
  for (const text of [
    "API_TOKEN=hunter2-and-more",
    "password: swordfish",
    '{"apiKey":"swordfish"}',
    "export AWS_SECRET_ACCESS_KEY=swordfish",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "AKIAIOSFODNN7EXAMPLE",
    "curl https://hooks.slack.com/services/T0/B0/x",
    "Authorization: Bearer abcdefgh",
    `x ${Buffer.alloc(24, "aZ3xQ9").toString("base64")}kLm8Pw2Rt`,
  ]) {
    it(`is found in ${text.slice(0, 40)}`, () => {
      assert.ok(holdsSecret(text));
    });
  }

  it("is found by its randomness, in hexadecimal and in base 64", () => {
    for (let round = 0; round < 200; round++) {
      const hash = createHash("sha256").update(String(round)).digest();
      assert.ok(holdsSecret(`x ${hash.subarray(0, 20).toString("hex")} y`), String(round));
      assert.ok(holdsSecret(`x ${hash.toString("base64url")} y`), String(round));
    }
  });

  for (const text of [
    "token=$(aws ssm get-parameter --name x)",
    "PASSWORD=$1",
    "the secret of the stack is in the parameter store",
    "vol-0123456789abcdef0 subnet-0123456789abcdef0",
    "/usr/local/sbin/linnix-bootstrap --no-install-recommends",
    "",
  ]) {
    it(`is not found in ${text.slice(0, 40)}`, () => {
      assert.ok(!holdsSecret(text));
    });
  }

  it("has more entropy than a word", () => {
    assert.equal(entropy("aaaa"), 0);
    assert.equal(entropy("abab"), 1);
    assert.equal(entropy("0123456789abcdef"), 4);
  });
});
