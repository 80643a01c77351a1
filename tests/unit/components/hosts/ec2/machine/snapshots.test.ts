import assert from "node:assert/strict";

import fc from "fast-check";

import { snapshotPolicy } from "../../../../../../components/hosts/ec2/machine/snapshots";
import { keyArn, scope, stack } from "../../../../../fixtures/policy-arbitraries";

describe("the policy of snapshots", () => {
  it("allows creating and deleting only snapshots with the stack's tag, encrypted with the stack's key only", () => {
    fc.assert(
      fc.property(scope, stack, keyArn, (where, name, key) => {
        const { Statement } = snapshotPolicy(where, name, key);
        const tagged = { StringEquals: { "aws:ResourceTag/LinnixData": name } };
        for (const sid of ["Take", "Expire"]) {
          assert.deepEqual(Statement.find(({ Sid }) => Sid === sid)?.Condition, tagged);
        }
        const wide = Statement.filter(({ Resource = [] }) => Resource.includes("*")).flatMap(({ Action }) => Action);
        for (const action of wide) assert.match(action, /^ec2:Describe/);
        const encrypting = Statement.filter(({ Action }) => Action.join().includes("kms:"));
        assert.deepEqual(
          encrypting.flatMap(({ Resource = [] }) => Resource),
          key === undefined ? [] : [key, key],
        );
        const lending = encrypting.filter(({ Action }) => Action.includes("kms:CreateGrant"));
        for (const { Condition } of lending) assert.deepEqual(Condition?.Bool, { "kms:GrantIsForAWSResource": "true" });
      }),
    );
  });

  it("grants exactly what the service needs to take, tag, find and delete them", () => {
    fc.assert(
      fc.property(scope, stack, keyArn, (where, name, key) => {
        const volumes = `arn:${where.partition}:ec2:${where.region}:${where.account}:volume/*`;
        // A snapshot's ARN has no account.
        const snapshots = `arn:${where.partition}:ec2:${where.region}::snapshot/*`;
        assert.deepEqual(
          snapshotPolicy(where, name, key).Statement.map(({ Effect, Action, Resource }) => [
            Effect,
            Action.join(),
            Resource?.join(),
          ]),
          [
            ["Allow", "ec2:CreateSnapshot", volumes],
            ["Allow", "ec2:CreateSnapshot", snapshots],
            ["Allow", "ec2:CreateTags", snapshots],
            ["Allow", "ec2:DeleteSnapshot", snapshots],
            ["Allow", "ec2:DescribeSnapshots,ec2:DescribeVolumes", "*"],
            // EBS encrypts a snapshot with data keys that are never seen in plain text, and keeps the key by a grant.
            ...(key === undefined
              ? []
              : [
                  ["Allow", "kms:DescribeKey,kms:GenerateDataKeyWithoutPlaintext", key],
                  ["Allow", "kms:CreateGrant", key],
                ]),
          ],
        );
      }),
    );
  });
});
