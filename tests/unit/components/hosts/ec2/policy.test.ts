import assert from "node:assert/strict";

import { trust } from "../../../../../components/hosts/ec2/policy";

describe("a trust policy", () => {
  it("allows a service to assume the role, on behalf of this account only if the account is passed", () => {
    assert.deepEqual(trust("dlm.amazonaws.com", "123456789012").Statement[0]?.Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
    });
    assert.deepEqual(trust("ec2.amazonaws.com").Statement[0], {
      Sid: "Assume",
      Effect: "Allow",
      Principal: { Service: "ec2.amazonaws.com" },
      Action: ["sts:AssumeRole"],
    });
  });
});
