import assert from "node:assert/strict";

import fc from "fast-check";

import { secretNames } from "../../../../../../components/services/secrets";
import { type HostIdentity, hostPolicies } from "../../../../../../components/hosts/ec2/identity/host-policies";
import { sessionTargets } from "../../../../../../components/settings/ec2/session-arns";
import type { PolicyDocument } from "../../../../../../components/hosts/ec2/policy";
import { keyArn, repositories, scope, stack } from "../../../../../fixtures/policy-arbitraries";

const identity: fc.Arbitrary<HostIdentity> = fc.record({
  scope,
  stack,
  keyArn,
  repositoryArns: repositories,
  bundleBucketArn: fc.stringMatching(/^arn:aws:s3:::linnix-[a-z0-9]{1,24}-host-[0-9]{26}$/),
  secrets: fc.subarray([...secretNames], { minLength: 1 }),
  sessions: fc.constant(sessionTargets([])),
});

const statements = (documents: Readonly<Record<string, PolicyDocument | undefined>>) =>
  Object.values(documents).flatMap((document) => document?.Statement ?? []);

/** Actions that AWS cannot limit to a resource. */
const withoutResource = [
  /^ssm:UpdateInstanceInformation$/,
  /^ssmmessages:/,
  /^ec2messages:/,
  /^ecr:GetAuthorizationToken$/,
  /^cloudwatch:PutMetricData$/,
];

describe("the host's policies", () => {
  it("name resources, except for actions that have none", () => {
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

  it("grant exactly these actions, each of which the host's programs call", () => {
    const granted = (it: HostIdentity) =>
      Object.fromEntries(
        Object.entries(hostPolicies(it)).map(([name, { Statement }]) => [
          name,
          Statement.map(({ Effect, Action }) => [Effect, ...Action]),
        ]),
      );
    const shipping = ["Allow", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];
    fc.assert(
      fc.property(identity, (it) => {
        assert.deepEqual(granted(it), {
          // The SSM agent: it registers, receives commands and holds sessions; older agents receive commands by ec2messages.
          agent: [
            [
              "Allow",
              "ssm:UpdateInstanceInformation",
              ...["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map(
                (action) => `ssmmessages:${action}`,
              ),
              ...["AcknowledgeMessage", "DeleteMessage", "FailMessage", "GetEndpoint", "GetMessages", "SendReply"].map(
                (action) => `ec2messages:${action}`,
              ),
            ],
          ],
          // linnix-release.
          parameters: [
            ["Allow", "ssm:GetParameter"],
            ["Allow", "ssm:PutParameter"],
          ],
          bundles: [["Allow", "s3:GetObject"]],
          // A pull: manifest, then the address of each layer.
          ...(it.repositoryArns.length === 0
            ? {}
            : {
                images: [
                  ["Allow", "ecr:GetAuthorizationToken"],
                  ["Allow", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                ],
              }),
          // The CloudWatch agent, and linnix-release's metrics.
          logs: [shipping],
          metrics: [["Allow", "cloudwatch:PutMetricData"]],
          ...(it.keyArn === undefined
            ? {}
            : {
                key: [
                  ["Allow", "kms:Decrypt"],
                  ["Allow", "kms:Decrypt"],
                ],
              }),
        });
      }),
    );
  });

  it("write to the streams of every log group of the stack", () => {
    fc.assert(
      fc.property(identity, (it) => {
        const { partition, region, account } = it.scope;
        assert.deepEqual(
          hostPolicies(it).logs?.Statement[0]?.Resource,
          ["cognitod", "llama", "system"].map(
            (part) => `arn:${partition}:logs:${region}:${account}:log-group:/linnix/${it.stack}/${part}:*`,
          ),
        );
      }),
    );
  });

  it("have no wildcard in an action, and in a resource only for log streams, the bundles and a secret's versions", () => {
    fc.assert(
      fc.property(identity, (it) => {
        for (const { Action, Resource = [] } of statements(hostPolicies(it))) {
          assert.ok(!Action.join().includes("*"));
          for (const name of Resource.filter((text) => text !== "*")) {
            const exempt =
              /:log-group:[^*]+:\*$|:parameter\/linnix\/[^*]+\/secrets\/[^*]+:\*$|^arn:aws:s3:::linnix-[^*]+\/host\/\*$/;
            assert.ok(!name.replace(exempt, "").includes("*"), name);
          }
        }
      }),
    );
  });

  it("reach the parameters of this stack only, for any names of stacks", () => {
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

  it("read exactly the stack's secrets, and write only the parameters result and health", () => {
    fc.assert(
      fc.property(identity, (it) => {
        const [read, tell] = hostPolicies(it).parameters?.Statement ?? [];
        const tails = (resources: readonly string[] = []) =>
          resources.map((name) => name.split(`:parameter/linnix/${it.stack}/`)[1]).sort();
        // By name, and by name and version.
        const secrets = it.secrets.flatMap((secret) => [`secrets/${secret}`, `secrets/${secret}:*`]);
        assert.deepEqual(tails(read?.Resource), ["desired", "health", "result", ...secrets].sort());
        assert.deepEqual(read?.Action, ["ssm:GetParameter"]);
        assert.deepEqual(tails(tell?.Resource), ["health", "result"]);
        assert.deepEqual(tell?.Action, ["ssm:PutParameter"]);
      }),
    );
  });

  it("pull from the given repositories only, and have no such policy without any", () => {
    fc.assert(
      fc.property(identity, (it) => {
        const { images } = hostPolicies(it);
        assert.equal(images === undefined, it.repositoryArns.length === 0);
        if (images !== undefined) assert.deepEqual(images.Statement[1]?.Resource, it.repositoryArns);
      }),
    );
  });

  it("read the host bundles of the stack's own bucket, and nothing else in S3", () => {
    fc.assert(
      fc.property(identity, (it) => {
        const reading = statements(hostPolicies(it)).filter(({ Action }) => Action.join().includes("s3:"));
        assert.deepEqual(
          reading.map(({ Action, Resource }) => [Action, Resource]),
          [[["s3:GetObject"], [`${it.bundleBucketArn}/host/*`]]],
        );
      }),
    );
  });

  it("decrypt with the stack's key only: its own secrets by the parameter store, its own bundles by S3", () => {
    fc.assert(
      fc.property(identity, (it) => {
        const decrypting = statements(hostPolicies(it)).filter(({ Action }) => Action.join().includes("kms:"));
        assert.equal(decrypting.length, it.keyArn === undefined ? 0 : 2);
        for (const { Action, Resource } of decrypting)
          assert.deepEqual([Action, Resource], [["kms:Decrypt"], [it.keyArn]]);
        const [secrets, bundles] = decrypting.map(({ Condition }) => Condition?.StringEquals ?? {});
        if (secrets === undefined || bundles === undefined) return;
        assert.equal(secrets["kms:ViaService"], `ssm.${it.scope.region}.amazonaws.com`);
        const parameters = secrets["kms:EncryptionContext:PARAMETER_ARN"] as string[];
        assert.equal(parameters.length, it.secrets.length);
        for (const name of parameters) assert.ok(name.includes(`:parameter/linnix/${it.stack}/secrets/`));
        assert.deepEqual(bundles, {
          "kms:ViaService": `s3.${it.scope.region}.amazonaws.com`,
          "kms:EncryptionContext:aws:s3:arn": [it.bundleBucketArn],
        });
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

  it("fit into IAM's limit of 10,240 characters for inline policies", () => {
    fc.assert(
      fc.property(identity, (it) => {
        assert.ok(JSON.stringify(Object.values(hostPolicies(it))).length < 10_240);
      }),
    );
  });

  it("use what Session Manager's preferences name, and have no such policy without any", () => {
    const [key, group, bucket] = [
      "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
      "arn:aws:logs:us-east-1:123456789012:log-group:/sessions",
      "arn:aws:s3:::sessions",
    ];
    fc.assert(
      fc.property(identity, fc.subarray([key, group, bucket]), (it, arns) => {
        const { sessions } = hostPolicies({ ...it, sessions: sessionTargets(arns) });
        const resources = new Map(
          (sessions?.Statement ?? []).flatMap(({ Action, Resource }) => Action.map((action) => [action, Resource])),
        );
        assert.equal(sessions === undefined, arns.length === 0);
        assert.deepEqual([...resources.keys()].sort(), [
          ...(arns.includes(key) ? ["kms:Decrypt", "kms:GenerateDataKey"] : []),
          ...(arns.includes(group)
            ? ["CreateLogStream", "DescribeLogGroups", "DescribeLogStreams", "PutLogEvents"].map(
                (action) => `logs:${action}`,
              )
            : []),
          ...(arns.includes(bucket) ? ["s3:GetEncryptionConfiguration", "s3:PutObject"] : []),
        ]);
        assert.deepEqual(resources.get("kms:Decrypt"), arns.includes(key) ? [key] : undefined);
        assert.deepEqual(resources.get("logs:PutLogEvents"), arns.includes(group) ? [`${group}:*`] : undefined);
        assert.deepEqual(resources.get("s3:PutObject"), arns.includes(bucket) ? [`${bucket}/*`] : undefined);
        assert.deepEqual(resources.get("s3:GetEncryptionConfiguration"), arns.includes(bucket) ? [bucket] : undefined);
      }),
    );
  });

  it("allow no escalation: no IAM, no role to assume, no other host", () => {
    fc.assert(
      fc.property(identity, (it) => {
        for (const { Action } of statements(hostPolicies(it))) {
          for (const action of Action)
            assert.doesNotMatch(action, /^(iam|sts|ec2|lambda):|SendCommand|:Delete[A-LN-Z]/);
        }
      }),
    );
  });
});
