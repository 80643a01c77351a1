import assert from "node:assert/strict";

import { hostPolicies } from "../../components/hosts/ec2/identity/host-policies";
import { deployerActions } from "../../scripts/docs/roles/roles";
import { account, region } from "../host/world/addresses";
import { deployerPolicies } from "./permissions/deployer-rights";
import { type NamedPolicy, allowedActions, denied } from "./permissions/evaluate";
import evidence from "./permissions/evidence.json";
import { type Known, type TaggedCall, knownFrom, permissionRequests } from "./permissions/requests";
import { unused } from "./permissions/unused";

const host = hostPolicies({
  scope: { partition: "aws", region, account },
  stack: "box",
  secrets: ["api-token"],
  repositoryArns: [`arn:aws:ecr:${region}:${account}:repository/linnix-box/llama`],
  bundleBucketArn: "arn:aws:s3:::linnix-box-host-1",
  sessions: { keys: [], logGroups: [], buckets: [] },
});
const hostPrincipal = `arn:aws:iam::${account}:role/linnix-box-host`;
const hostRights = Object.entries(host).map(([name, policy]): NamedPolicy => ({ name, policy }));

describe("the policies, and the calls that were seen", () => {
  const allowedTo = { host: allowedActions(hostRights), deployer: deployerActions() };
  for (const who of ["host", "deployer"] as const) {
    it(`of the ${who}: every allowed action was called, or has a reason`, () => {
      const allowed = allowedTo[who];
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
});

describe("a call, evaluated", () => {
  const identities = {
    host: () => ({ principal: hostPrincipal, policies: hostRights }),
    deployer: async () => ({
      principal: `arn:aws:iam::${account}:role/deployer`,
      policies: await deployerPolicies(),
    }),
  };
  const refused = async (who: keyof typeof identities, call: TaggedCall, known?: Known): Promise<string[]> => {
    const lines = await denied(await identities[who](), await permissionRequests(call, known));
    return lines.map((line) => line.replace(/ \{.*/, ""));
  };
  const call = (whole: string, parameters: TaggedCall["parameters"], tags?: TaggedCall["tags"]): TaggedCall => {
    const [service = "", action = ""] = whole.split(":");
    return { service, action, parameters, ...(tags === undefined ? {} : { tags }) };
  };

  it("is allowed to the host for what is its own, and denied for anything else", async () => {
    const cases: [string, Record<string, unknown>, boolean][] = [
      ["ssm:GetParameter", { Name: "/linnix/box/desired" }, true],
      ["ssm:GetParameter", { Name: "/linnix/prod/desired" }, false],
      ["ssm:PutParameter", { Name: "/linnix/box/desired" }, false],
      ["s3:GetObject", { Bucket: "linnix-box-host-1", Key: "host/a.tar" }, true],
      ["s3:GetObject", { Bucket: "linnix-box-host-2", Key: "host/a.tar" }, false],
      ["cloudwatch:PutMetricData", { Namespace: "Linnix" }, true],
      ["cloudwatch:PutMetricData", { Namespace: "Other" }, false],
    ];
    for (const [name, parameters, allowed] of cases)
      assert.equal((await refused("host", call(name, parameters))).length, allowed ? 0 : 1, name);
  });

  it("is allowed to the deployer on what has this project's name or tag, and denied on anything else", async () => {
    const [ours, theirs] = [{ Project: "linnix" }, { Project: "other" }];
    const instance = "i-0123456789abcdef0";
    const boundary = `arn:aws:iam::${account}:policy/linnix-boundary`;
    const change = { DocumentName: "linnix-box-change", InstanceIds: [instance] };
    const cases: [TaggedCall, allowed: boolean][] = [
      [call("ec2:TerminateInstances", { "InstanceId.1": instance }, { [instance]: ours }), true],
      [call("ec2:TerminateInstances", { "InstanceId.1": instance }, { [instance]: theirs }), false],
      [call("ec2:TerminateInstances", { "InstanceId.1": instance }), false],
      [call("ssm:SendCommand", change, { [instance]: ours }), true],
      [call("ssm:SendCommand", change), false],
      [call("ssm:SendCommand", { ...change, DocumentName: "AWS-RunShellScript" }, { [instance]: ours }), false],
      [call("ssm:GetParameter", { Name: "/aws/service/debian/release/13/latest/amd64" }), true],
      [call("ssm:GetParameter", { Name: "/other/secret" }), false],
      [call("iam:CreateRole", { RoleName: "linnix-box-host", PermissionsBoundary: boundary }), true],
      [call("iam:CreateRole", { RoleName: "linnix-box-host" }), false],
      [call("cloudwatch:PutMetricAlarm", { AlarmName: "linnix-box-host" }), true],
      [call("cloudwatch:PutMetricAlarm", { AlarmName: "others" }), false],
      [call("kms:CreateKey", { Tags: [{ TagKey: "Project", TagValue: "linnix" }] }), true],
      [call("kms:CreateKey", {}), false],
    ];
    for (const [one, allowed] of cases)
      assert.equal((await refused("deployer", one)).length === 0, allowed, JSON.stringify(one));
  });

  it("knows a role's boundary and a profile's role from earlier calls", async () => {
    const boundary = `arn:aws:iam::${account}:policy/linnix-boundary`;
    const earlier = [
      call("iam:CreateRole", { RoleName: "linnix-box-host", PermissionsBoundary: boundary }),
      call("iam:AddRoleToInstanceProfile", { InstanceProfileName: "linnix-box-profile", RoleName: "linnix-box-host" }),
    ];
    const known = knownFrom(earlier);
    const policy = call("iam:PutRolePolicy", { RoleName: "linnix-box-host" });
    assert.deepEqual(await refused("deployer", policy, known), []);
    assert.equal((await refused("deployer", policy)).length, 1);
    const [, passed] = await permissionRequests(earlier[1]!, known);
    assert.equal(passed?.resource, `arn:aws:iam::${account}:role/linnix-box-host`);
  });

  it("counts what it makes, passes and tags as requests of their own", async () => {
    const parameters = {
      "IamInstanceProfile.Name": "profile",
      SubnetId: "subnet-0123456789abcdef0",
      "TagSpecification.1.ResourceType": "instance",
      "TagSpecification.1.Tag.1.Key": "Project",
      "TagSpecification.1.Tag.1.Value": "linnix",
    };
    const requests = await permissionRequests(call("ec2:RunInstances", parameters), {
      roles: { profile: "role" },
      boundaries: {},
    });
    const made = (type: string) => `arn:aws:ec2:${region}:${account}:${type}/*`;
    const tag = { "aws:RequestTag/Project": "linnix" };
    assert.deepEqual(
      requests.map(({ action, resource, context }) => [action, resource, context]),
      [
        ["ec2:RunInstances", `arn:aws:ec2:${region}:${account}:subnet/subnet-0123456789abcdef0`, {}],
        ["ec2:RunInstances", made("instance"), tag],
        ["ec2:CreateTags", made("instance"), { ...tag, "ec2:CreateAction": "RunInstances" }],
        ["ec2:RunInstances", made("network-interface"), {}],
        ["ec2:RunInstances", made("volume"), {}],
        ["iam:PassRole", `arn:aws:iam::${account}:role/role`, { "iam:PassedToService": "ec2.amazonaws.com" }],
      ],
    );
  });
});
