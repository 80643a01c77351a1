import assert from "node:assert/strict";

import type { PolicyDocument, Statement } from "../../../../components/hosts/ec2/policy";
import { typeRights } from "../../../../scripts/docs/deployer-rights";
import { type ManagedPolicy, deployerActions, managedPolicies, roles } from "../../../../scripts/docs/roles/roles";
import { names, ofAll } from "../../../../scripts/docs/roles/scopes";
import { awsOutcome } from "../../../../scripts/render/aws-mocks";
import { programGraph } from "../../../../scripts/render/graph";
import { useVariationGraphs } from "../../../fixtures/ec2-graph";
import { knownAction, overlap, statementFaults } from "../../../fixtures/iam-policy";
import { ec2Region } from "../../../fixtures/settings";

let policies: Readonly<Record<ManagedPolicy, PolicyDocument>>;
const statements = (...all: readonly ManagedPolicy[]): Statement[] => all.flatMap((name) => policies[name].Statement);
const actionsOf = (all: readonly Statement[]): Set<string> => new Set(all.flatMap(({ Action }) => Action));
const every = (): Statement[] => statements(...(Object.keys(policies) as ManagedPolicy[]));

/** What an action makes, by its type in an ARN. */
const madeBy: Readonly<Record<string, string>> = {
  "ec2:CreateSecurityGroup": "security-group",
  "ec2:CreateSubnet": "subnet",
  "ec2:CreateVolume": "volume",
  "ec2:CreateVpc": "vpc",
  "ec2:CreateVpcEndpoint": "vpc-endpoint",
  "ec2:RunInstances": "instance",
};

/** Whether one statement allows an action on a resource, whatever its condition. */
const allows = (all: readonly Statement[], action: string, resource: string): boolean =>
  all.some(({ Action, Resource = [] }) => Action.includes(action) && Resource.some((form) => overlap(form, resource)));

before(async () => {
  policies = await managedPolicies();
});

describe("the deployer's policies", function () {
  this.timeout(120_000);
  const { everywhere } = useVariationGraphs();

  it("have the rights for every type of resource that the program makes", async () => {
    const types = new Set<string>();
    everywhere(({ resources }) => {
      for (const { type } of resources) types.add(type);
    });
    const strict = { "linnix:customerKey": "true", "linnix:flowLogs": "true", "linnix:snapshotDays": "7" };
    const whole = await programGraph("dev", { "linnix:host": "ec2", "aws:region": ec2Region, ...strict });
    for (const { type } of whole.resources) types.add(type);
    const made = [...types].filter((type) => type.startsWith("aws:"));
    assert.ok(made.length > 25);
    assert.deepEqual(
      made.filter((type) => !(type in typeRights)),
      [],
    );
  });

  it("allow the role deploy all of these rights, and what only reads to the role plan too", async () => {
    const [deploy, plan] = [
      actionsOf(statements(...roles.deploy.policies)),
      actionsOf(statements(...roles.plan.policies)),
    ];
    assert.deepEqual(
      deployerActions().filter((name) => !deploy.has(name)),
      [],
    );
    for (const name of deployerActions()) {
      const { level } = (await knownAction(name))!;
      if (["Read", "List"].includes(level)) assert.ok(plan.has(name), name);
    }
  });

  it("are each short enough for IAM, with statements of different names and no wildcard in an action", () => {
    for (const [name, document] of Object.entries(policies)) {
      assert.ok(JSON.stringify(document).length <= 6144, name);
      const sids = document.Statement.map(({ Sid }) => Sid);
      assert.deepEqual(sids, [...new Set(sids)], name);
      for (const sid of sids) assert.match(sid, /^[A-Za-z0-9]+$/, name);
      for (const action of actionsOf(document.Statement)) assert.match(action, /^[a-z0-9]+:[A-Z][A-Za-z0-9]+$/, name);
    }
  });

  it("name actions, resources and condition keys that AWS's list has, and that belong together", async () => {
    const faults = await Promise.all(every().map(statementFaults));
    assert.deepEqual(faults.flat(), []);
  });

  it("would be found to name what AWS does not have", async () => {
    const right: Statement = {
      ...{ Sid: "S", Effect: "Allow", Action: ["ec2:DeleteVpc"], Resource: ["arn:aws:ec2:*:*:vpc/*"] },
      Condition: { StringEquals: { "aws:ResourceTag/Project": "linnix" } },
    };
    assert.deepEqual(await statementFaults(right), []);
    const wrong: [Partial<Statement>, RegExp][] = [
      [{ Action: ["ec2:RemoveVpc"] }, /no action ec2:RemoveVpc/],
      [{ Resource: ["arn:aws:ec2:*:*:subnet/*"] }, /ec2:DeleteVpc knows no resource of these/],
      [{ Action: ["ec2:DescribeVpcs"] }, /ec2:DescribeVpcs knows no resource$/m],
      [{ Condition: { StringEquals: { "aws:RequestTag/Project": "x" } } }, /does not know aws:RequestTag\/Project/],
      [{ Resource: ["arn:aws:ec2:*:*:vpc/*", "arn:aws:ec2:*:*:volume/*"] }, /no action reaches .*volume/],
    ];
    for (const [change, expected] of wrong)
      assert.match((await statementFaults({ ...right, ...change })).join("\n"), expected);
  });

  it("reach everything only where AWS knows no resource, and judges a list for every name", async () => {
    const all = statements(...roles.deploy.policies);
    for (const { Sid, Action, Resource = [] } of all.filter((it) => it.Resource?.includes("*") === true)) {
      for (const name of Action) {
        const { resources } = (await knownAction(name))!;
        assert.ok(Resource.length === 1 && (resources.length === 0 || ofAll.includes(name)), `${Sid}: ${name}`);
      }
    }
  });

  it("change and delete what has an id only by this project's tag, and make it only with that", async () => {
    const tagged = (key: string) => ({ StringEquals: { [`aws:${key}/Project`]: "linnix" } });
    let checked = 0;
    for (const { Sid, Action, Resource = [], Condition } of statements(...roles.deploy.policies)) {
      const ofIds = Resource.filter((arn) => /^arn:aws:(ec2|kms|dlm):.*\/\*$/.test(arn) && !arn.includes("alias/"));
      if (ofIds.length === 0) continue;
      for (const name of Action.filter((it) =>
        /:(Create|Run|Delete|Terminate|Modify|Stop|Schedule|Update|Put)/.test(it),
      )) {
        const known = (await knownAction(name))!;
        const makes = known.resources.some(({ keys }) => [...keys, ...known.keys].includes("aws:RequestTag/${TagKey}"));
        const isUse = makes && Condition === undefined;
        // What is used to make something may be anybody's: a VPC, an image.
        if (isUse) assert.ok(!ofIds.some((arn) => arn.endsWith(`:${madeBy[name] ?? "nothing"}/*`)), `${Sid}: ${name}`);
        else if (name.endsWith("Tags")) assert.ok(Condition !== undefined, Sid);
        else assert.deepEqual(Condition, tagged(makes ? "RequestTag" : "ResourceTag"), `${Sid}: ${name}`);
        checked += 1;
      }
    }
    assert.ok(checked > 40);
  });

  it("reach every name that the program gives", () => {
    const all = statements(...roles.deploy.policies);
    const given = new Set<string>();
    everywhere(({ resources }) => {
      for (const { type, name, inputs } of resources) {
        const { arn } = awsOutcome({ type, name, inputs }, ec2Region) as { arn?: string };
        if (arn !== undefined && Object.keys(names).some((it) => type.startsWith(`aws:${it.split(":")[0] ?? ""}/`)))
          given.add(`${type} ${arn}`);
      }
    });
    assert.ok(given.size > 10);
    for (const entry of given) {
      const [type = "", arn = ""] = entry.split(" ");
      const service = arn.split(":")[2] ?? "";
      const rights = typeRights[type]!.actions.flatMap((line) => line.split(/:? /).slice(1));
      assert.ok(
        rights.some((action) => allows(all, `${service}:${action}`, arn)),
        entry,
      );
    }
  });

  it("make and change roles of this project only, within the boundary, and pass them only to the services that use them", () => {
    for (const { Sid, Action, Resource = [], Condition = {} } of statements(...roles.deploy.policies)) {
      if (!Action.some((name) => name.startsWith("iam:"))) continue;
      for (const name of Resource)
        assert.match(name, /^arn:aws:iam::\*:(role|instance-profile)\/(linnix-|aws-service-role)/, Sid);
      if (Action.includes("iam:PassRole")) assert.ok("iam:PassedToService" in Condition.StringEquals!, Sid);
      if (
        Action.some((name) => ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"].includes(name))
      )
        assert.deepEqual(Condition, {
          StringLike: { "iam:PermissionsBoundary": "arn:aws:iam::*:policy/linnix-boundary" },
        });
      assert.ok(!Action.includes("iam:DeleteRolePermissionsBoundary"), Sid);
    }
  });
});

describe("the role preview", () => {
  it("reads only, no secret of a stack and no host", async () => {
    const all = statements(...roles.preview.policies);
    for (const { Action, Resource } of all) {
      for (const name of Action) {
        const { level } = (await knownAction(name))!;
        if (!["Read", "List"].includes(level))
          assert.deepEqual([name, Resource], ["kms:Decrypt", ["arn:aws:kms:*:*:key/STATE_KEY"]]);
      }
    }
    assert.ok(allows(all, "ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/ami"));
    assert.ok(!allows(all, "ssm:GetParameter", "arn:aws:ssm:us-east-1:1:parameter/linnix/dev/secrets/api-token"));
    for (const name of ["ssm:GetCommandInvocation", "logs:GetLogEvents", "ssm:SendCommand"])
      assert.ok(!actionsOf(all).has(name), name);
  });
});

describe("the role plan", () => {
  it("changes nothing: to a host of a stack it sends the stack's document, and no script", async () => {
    const all = statements(...roles.plan.policies);
    for (const { Action } of all) {
      for (const name of Action) {
        const { level } = (await knownAction(name))!;
        assert.ok(["Read", "List"].includes(level) || ["kms:Decrypt", "ssm:SendCommand"].includes(name), name);
      }
    }
    const document = (name: string) => allows(all, "ssm:SendCommand", name);
    assert.ok(document("arn:aws:ssm:us-east-1:1:document/linnix-dev-look"));
    assert.ok(!document("arn:aws:ssm:us-east-1::document/AWS-RunShellScript"));
    assert.ok(!document("arn:aws:ssm:us-east-1:1:document/linnix-other"));
    const hosts = all.filter(({ Resource = [] }) => Resource.some((arn) => arn.includes(":instance/")));
    for (const { Action, Condition } of hosts.filter((it) => it.Action.includes("ssm:SendCommand")))
      assert.deepEqual(
        [Action, Condition],
        [["ssm:SendCommand"], { StringEquals: { "aws:ResourceTag/Project": "linnix" } }],
      );
  });
});

describe("the role deploy", () => {
  it("sends hosts the stacks' own documents, and no script of its own", () => {
    const all = statements(...roles.deploy.policies);
    const document = (name: string) => allows(all, "ssm:SendCommand", `arn:aws:ssm:us-east-1:${name}`);
    assert.ok(document("1:document/linnix-dev-look") && document("1:document/linnix-dev-change"));
    for (const other of [
      ":document/AWS-RunShellScript",
      "1:document/AWS-RunShellScript",
      "1:document/linnix-dev-other",
    ])
      assert.ok(!document(other), other);
  });
});

describe("a role of the workflows", () => {
  it("is for the environments of this project's workflows, by GitHub's identity for AWS", () => {
    for (const [name, environments] of [
      ["preview", ["preview"]],
      ["plan", ["plan"]],
      ["deploy", ["dev", "prod"]],
    ] as const) {
      const { StringEquals = {} } = roles[name].trust.Statement[0]!.Condition!;
      assert.deepEqual(StringEquals, {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": environments.map((it) => `repo:OWNER/REPOSITORY:environment:${it}`),
      });
      assert.ok(roles[name].policies.length <= 10, "IAM attaches ten policies at most");
    }
  });
});

describe("the permissions boundary", function () {
  this.timeout(120_000);
  const { everywhere } = useVariationGraphs();

  it("allows every role of a stack what its own policies do, and no role anything of IAM", () => {
    let checked = 0;
    everywhere(({ all }, variation) => {
      for (const { name, inputs } of all("aws:iam/rolePolicy:RolePolicy")) {
        // What Session Manager's preferences name is the account's own.
        if (name.endsWith("-sessions")) continue;
        for (const { Action, Resource = [] } of (JSON.parse(String(inputs.policy)) as PolicyDocument).Statement) {
          for (const action of Action) {
            for (const resource of Resource) {
              checked += 1;
              assert.ok(
                allows(policies.boundary.Statement, action, resource),
                `${variation}: ${name}: ${action} ${resource}`,
              );
            }
          }
        }
      }
    });
    assert.ok(checked > 100);
    for (const action of actionsOf(policies.boundary.Statement)) assert.doesNotMatch(action, /^(iam|sts):/);
  });
});
