import assert from "node:assert/strict";

import { hostPolicies } from "../../components/hosts/ec2/identity/host-policies";
import { account, region } from "../host/world/addresses";
import { deployerRights } from "./permissions/deployer-rights";
import { allowedActions, denied } from "./permissions/evaluate";
import evidence from "./permissions/evidence.json";
import { permissionRequests } from "./permissions/requests";
import { unused } from "./permissions/unused";

const host = hostPolicies({
  scope: { partition: "aws", region, account },
  stack: "box",
  secrets: ["api-token"],
  repositoryArns: [`arn:aws:ecr:${region}:${account}:repository/linnix-box/llama`],
  bundleBucketArn: "arn:aws:s3:::linnix-box-host-1",
  sessions: { keys: [], logGroups: [], buckets: [] },
});
const named = (policies: Readonly<Record<string, unknown>>) =>
  Object.entries(policies).map(([name, policy]) => ({ name, policy }));
const policies = { host: named(host), deployer: [deployerRights] };

describe("the policies, and the calls that were seen", () => {
  for (const who of ["host", "deployer"] as const) {
    it(`of the ${who}: every allowed action was called, or has a reason`, () => {
      const allowed = allowedActions(policies[who]);
      const reasons = unused[who].flatMap(({ actions }) => actions);
      const seen: readonly string[] = evidence[who];
      assert.deepEqual(
        allowed.filter((action) => !seen.includes(action) && !reasons.includes(action)),
        [],
        "allowed, never called, and without a reason in tests/aws/permissions/unused.ts",
      );
      assert.deepEqual(
        reasons.filter((action) => seen.includes(action) || !allowed.includes(action)),
        [],
        "called meanwhile, or not allowed: remove it from tests/aws/permissions/unused.ts",
      );
      assert.deepEqual(
        seen.filter((action) => !allowed.includes(action)),
        [],
        "called, and not allowed",
      );
    });
  }

  const principal = `arn:aws:iam::${account}:role/linnix-box-host`;
  const refusals = (service: string, action: string, parameters: Record<string, unknown>) =>
    denied({ principal, policies: policies.host }, permissionRequests({ service, action, parameters }));

  it("of the host allow what it does, and deny the same on anything else", async () => {
    assert.deepEqual(await refusals("ssm", "GetParameter", { Name: "/linnix/box/desired" }), []);
    assert.equal((await refusals("ssm", "GetParameter", { Name: "/linnix/prod/desired" })).length, 1);
    assert.equal((await refusals("ssm", "PutParameter", { Name: "/linnix/box/desired" })).length, 1);
    assert.deepEqual(await refusals("s3", "GetObject", { Bucket: "linnix-box-host-1", Key: "host/a.tar" }), []);
    assert.equal((await refusals("s3", "GetObject", { Bucket: "linnix-box-host-2", Key: "host/a.tar" })).length, 1);
    assert.deepEqual(await refusals("cloudwatch", "PutMetricData", { Namespace: "Linnix" }), []);
    assert.equal((await refusals("cloudwatch", "PutMetricData", { Namespace: "Other" })).length, 1);
  });

  it("count what a call passes and tags as actions of their own", () => {
    const parameters = { "IamInstanceProfile.Name": "profile", "TagSpecification.1.ResourceType": "instance" };
    const requests = permissionRequests({ service: "ec2", action: "RunInstances", parameters }, { profile: "role" });
    assert.deepEqual(
      requests.map(({ action, resource }) => [action, resource]),
      [
        ["ec2:RunInstances", "*"],
        ["iam:PassRole", `arn:aws:iam::${account}:role/role`],
        ["ec2:CreateTags", "*"],
      ],
    );
  });
});
