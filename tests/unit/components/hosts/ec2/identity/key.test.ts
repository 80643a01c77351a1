import assert from "node:assert/strict";

import fc from "fast-check";

import { keyPolicy } from "../../../../../../components/hosts/ec2/identity/key";
import { topicPolicy } from "../../../../../../components/hosts/ec2/monitoring/alarms";
import { scope, stack } from "../../../../../fixtures/policy-arbitraries";

describe("the key's policy", () => {
  it("allows the account to administer the key, and only this stack's logs and this account's alarms to use it", () => {
    fc.assert(
      fc.property(scope, stack, (where, name) => {
        const [owner, logs, alarms, ...more] = keyPolicy(where, name).Statement;
        assert.ok(owner && logs && alarms);
        assert.deepEqual(more, []);
        // Without all of them, nobody could administer or delete the key.
        assert.deepEqual([owner.Action, owner.Resource], [["kms:*"], ["*"]]);
        assert.deepEqual(owner.Principal, { AWS: `arn:${where.partition}:iam::${where.account}:root` });
        assert.deepEqual(logs.Principal, { Service: `logs.${where.region}.amazonaws.com` });
        const groups = Object.values(logs.Condition?.ArnLike ?? {});
        assert.deepEqual(groups, [
          `arn:${where.partition}:logs:${where.region}:${where.account}:log-group:/linnix/${name}/*`,
        ]);
        assert.deepEqual(alarms.Condition, { StringEquals: { "aws:SourceAccount": where.account } });
        // What CloudWatch Logs needs to encrypt a log group, and what an alarm needs to publish to an encrypted topic.
        assert.deepEqual(logs.Action, [
          ...["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        ]);
        assert.deepEqual(alarms.Action, ["kms:Decrypt", "kms:GenerateDataKey*"]);
        assert.deepEqual(alarms.Principal, topicPolicy("t", where.account).Statement[0]?.Principal);
        assert.deepEqual(alarms.Principal, { Service: "cloudwatch.amazonaws.com" });
        for (const { Effect, Resource } of [owner, logs, alarms])
          assert.deepEqual([Effect, Resource], ["Allow", ["*"]]);
      }),
    );
  });
});
