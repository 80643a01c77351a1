import assert from "node:assert/strict";

import fc from "fast-check";

import { secretNames } from "../../components/hosts/ec2/names";
import {
  type HostIdentity,
  type PolicyDocument,
  hostPolicies,
  repositoryArn,
} from "../../components/hosts/ec2/policies";
import {
  fetchOnlyPolicy,
  flowLogPolicy,
  keyPolicy,
  snapshotPolicy,
  topicPolicy,
  trust,
} from "../../components/hosts/ec2/service-policies";

const account = fc.stringMatching(/^\d{12}$/);
const place = fc.record({
  partition: fc.constantFrom("aws", "aws-us-gov"),
  region: fc.constantFrom("us-east-1", "eu-central-2", "us-gov-west-1"),
  account,
});
const stack = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$/);
const repositories = fc.uniqueArray(
  fc.stringMatching(/^[a-z]{1,9}$/).map((name) => `arn:aws:ecr:us-east-1:123456789012:repository/${name}`),
  { maxLength: 3 },
);
const keyArn = fc.option(
  fc.uuid().map((id) => `arn:aws:kms:us-east-1:123456789012:key/${id}`),
  { nil: undefined },
);
const identity: fc.Arbitrary<HostIdentity> = fc.record({
  ...{ place, stack, keyArn, repositoryArns: repositories },
  secrets: fc.subarray([...secretNames], { minLength: 1 }),
});

const statements = (documents: Readonly<Record<string, PolicyDocument | undefined>>) =>
  Object.values(documents).flatMap((document) => document?.Statement ?? []);

/** Actions for which AWS knows no resource, or which only their condition narrows. */
const withoutResource = [
  /^ssm:UpdateInstanceInformation$/,
  /^ssmmessages:/,
  /^ec2messages:/,
  /^ecr:GetAuthorizationToken$/,
  /^cloudwatch:PutMetricData$/,
];

describe("the host's policies", () => {
  it("name resources, but for the actions that have none", () => {
    fc.assert(
      fc.property(identity, (it) => {
        for (const { Action, Resource = [] } of statements(hostPolicies(it))) {
          if (!Resource.includes("*")) continue;
          for (const action of Action)
            assert.ok(
              withoutResource.some((known) => known.test(action)),
              action,
            );
        }
      }),
    );
  });

  it("have no wildcard in an action, and in a resource only at the end of a log group's streams", () => {
    fc.assert(
      fc.property(identity, (it) => {
        for (const { Action, Resource = [] } of statements(hostPolicies(it))) {
          assert.ok(!Action.join().includes("*"));
          for (const name of Resource.filter((text) => text !== "*")) {
            assert.ok(!name.replace(/:log-group:[^*]+:\*$/, "").includes("*"), name);
          }
        }
      }),
    );
  });

  it("reach this stack's parameters and no other's, whatever the stacks are called", () => {
    fc.assert(
      fc.property(identity, stack, (it, other) => {
        fc.pre(other !== it.stack);
        const theirs = statements(hostPolicies({ ...it, stack: other }));
        const names = statements(hostPolicies(it))
          .flatMap(({ Resource = [] }) => Resource)
          .filter((name) => /:(ssm|logs):/.test(name));
        assert.ok(names.length > 0);
        for (const name of names) {
          assert.ok(name.includes(`/linnix/${it.stack}/`), name);
          assert.ok(!theirs.some(({ Resource = [] }) => Resource.includes(name)), name);
        }
      }),
    );
  });

  it("read exactly the secrets that there are, and write no parameter but result and health", () => {
    fc.assert(
      fc.property(identity, (it) => {
        const [read, tell] = hostPolicies(it).parameters?.Statement ?? [];
        const tails = (resources: readonly string[] = []) =>
          resources.map((name) => name.split(`:parameter/linnix/${it.stack}/`)[1]).sort();
        const secrets = it.secrets.map((secret) => `secrets/${secret}`);
        assert.deepEqual(tails(read?.Resource), ["desired", "health", "result", ...secrets].sort());
        assert.deepEqual(read?.Action, ["ssm:GetParameter"]);
        assert.deepEqual(tails(tell?.Resource), ["health", "result"]);
        assert.deepEqual(tell?.Action, ["ssm:PutParameter"]);
      }),
    );
  });

  it("pull from the given repositories only, and not at all where there are none", () => {
    fc.assert(
      fc.property(identity, (it) => {
        const { images } = hostPolicies(it);
        assert.equal(images === undefined, it.repositoryArns.length === 0);
        if (images !== undefined) assert.deepEqual(images.Statement[1]?.Resource, it.repositoryArns);
      }),
    );
  });

  it("decrypt with the stack's key only, by the parameter store only, its own secrets only", () => {
    fc.assert(
      fc.property(identity, (it) => {
        const decrypting = statements(hostPolicies(it)).filter(({ Action }) => Action.join().includes("kms:"));
        assert.equal(decrypting.length, it.keyArn === undefined ? 0 : 1);
        for (const { Action, Resource, Condition } of decrypting) {
          assert.deepEqual([Action, Resource], [["kms:Decrypt"], [it.keyArn]]);
          const equals = Condition?.StringEquals ?? {};
          assert.equal(equals["kms:ViaService"], `ssm.${it.place.region}.amazonaws.com`);
          const parameters = equals["kms:EncryptionContext:PARAMETER_ARN"] as string[];
          assert.equal(parameters.length, it.secrets.length);
          for (const name of parameters) assert.ok(name.includes(`:parameter/linnix/${it.stack}/secrets/`));
        }
      }),
    );
  });

  it("put metrics into one namespace", () => {
    fc.assert(
      fc.property(identity, (it) => {
        const putting = statements(hostPolicies(it)).filter(({ Action }) =>
          Action.includes("cloudwatch:PutMetricData"),
        );
        assert.deepEqual(
          putting.map(({ Condition }) => Condition),
          [{ StringEquals: { "cloudwatch:namespace": "Linnix" } }],
        );
      }),
    );
  });

  it("fit into what IAM takes inline, 10,240 characters in all", () => {
    fc.assert(
      fc.property(identity, (it) => {
        assert.ok(JSON.stringify(Object.values(hostPolicies(it))).length < 10_240);
      }),
    );
  });

  it("allow nothing by which a role gets more: no IAM, no assuming, no other host", () => {
    fc.assert(
      fc.property(identity, (it) => {
        for (const { Action } of statements(hostPolicies(it))) {
          for (const action of Action)
            assert.doesNotMatch(action, /^(iam|sts|ec2|s3|lambda):|SendCommand|:Delete[A-LN-Z]/);
        }
      }),
    );
  });
});

describe("the other policies", () => {
  it("let a service take a role for this account only, where the service says for whom it asks", () => {
    assert.deepEqual(trust("dlm.amazonaws.com", "123456789012").Statement[0]?.Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
    });
    assert.deepEqual(trust("ec2.amazonaws.com").Statement[0], {
      ...{ Sid: "Assume", Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: ["sts:AssumeRole"] },
    });
  });

  it("give the key to the account, and to logs and alarms of this stack's and account's only", () => {
    fc.assert(
      fc.property(place, stack, (where, name) => {
        const [owner, logs, alarms] = keyPolicy(where, name).Statement;
        assert.ok(owner && logs && alarms);
        assert.deepEqual(owner.Principal, { AWS: `arn:${where.partition}:iam::${where.account}:root` });
        assert.deepEqual(logs.Principal, { Service: `logs.${where.region}.amazonaws.com` });
        const groups = Object.values(logs.Condition?.ArnLike ?? {});
        assert.deepEqual(groups, [
          `arn:${where.partition}:logs:${where.region}:${where.account}:log-group:/linnix/${name}/*`,
        ]);
        assert.deepEqual(alarms.Condition, { StringEquals: { "aws:SourceAccount": where.account } });
        for (const { Action } of [logs, alarms]) assert.ok(!Action.includes("kms:*"));
      }),
    );
  });

  it("let alarms speak on the topic, and nobody else", () => {
    const [only, ...more] = topicPolicy("arn:aws:sns:us-east-1:123456789012:t", "123456789012").Statement;
    assert.deepEqual(more, []);
    assert.ok(only);
    assert.deepEqual(only.Principal, { Service: "cloudwatch.amazonaws.com" });
    assert.deepEqual([only.Action, only.Resource], [["sns:Publish"], ["arn:aws:sns:us-east-1:123456789012:t"]]);
  });

  it("let a private network fetch from S3 and never send", () => {
    assert.deepEqual(
      fetchOnlyPolicy().Statement.flatMap(({ Action }) => Action),
      ["s3:GetObject"],
    );
  });

  it("keep flow logs to their group", () => {
    fc.assert(
      fc.property(place, stack, (where, name) => {
        const writing = flowLogPolicy(where, name).Statement.filter(({ Action }) =>
          Action.includes("logs:PutLogEvents"),
        );
        assert.deepEqual(
          writing.flatMap(({ Resource = [] }) => Resource.map((it) => it.split(":log-group:")[1])),
          [`/linnix/${name}/flow:*`],
        );
      }),
    );
  });

  it("snapshot and expire only what carries the stack's tag; encrypt with the stack's key only", () => {
    fc.assert(
      fc.property(place, stack, keyArn, (where, name, key) => {
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
});

describe("an image's repository", () => {
  const digest = `@sha256:${"0".repeat(64)}`;
  it("is read off the names of images in ECR, in every partition", () => {
    const cases = {
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/linnix-dev/cognitod":
        "arn:aws:ecr:eu-west-1:123456789012:repository/linnix-dev/cognitod",
      "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/a/b/c":
        "arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/a/b/c",
      "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/x": "arn:aws-cn:ecr:cn-north-1:123456789012:repository/x",
    };
    for (const [repository, arn] of Object.entries(cases)) assert.equal(repositoryArn(repository + digest), arn);
  });

  it("is none for images anywhere else, also under a name that looks alike", () => {
    for (const repository of [
      "ghcr.io/x/y",
      "evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com/x",
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example/x",
      "12345.dkr.ecr.eu-west-1.amazonaws.com/x",
    ]) {
      assert.equal(repositoryArn(repository + digest), undefined, repository);
    }
  });
});
