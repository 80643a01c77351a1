import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../../services/service";
import { type PolicyDocument, type Statement, policy, trust } from "../policy";
import { type AwsScope, type Ec2Stack, arn, snapshotTag, tags } from "../stack";

/** Arguments of {@link Snapshots}. */
export interface SnapshotsArgs {
  readonly settings: Ec2Stack;
  readonly scope: pulumi.Input<AwsScope>;
  /** The stack's own key, if the data volume is encrypted with it. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** Allows snapshots of the volumes with the stack's tag, and deleting such snapshots. */
export function snapshotPolicy(scope: AwsScope, stack: string, keyArn?: string): PolicyDocument {
  const { partition, region } = scope;
  const { key, value } = snapshotTag(stack);
  const snapshots = `arn:${partition}:ec2:${region}::snapshot/*`;
  const encrypted: Statement[] =
    keyArn === undefined
      ? []
      : [
          {
            Sid: "Encrypt",
            Effect: "Allow",
            Action: ["kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"],
            Resource: [keyArn],
          },
          {
            // Only for EBS, which creates the snapshot.
            Sid: "Lend",
            Effect: "Allow",
            Action: ["kms:CreateGrant"],
            Resource: [keyArn],
            Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
          },
        ];
  return policy(
    {
      Sid: "Take",
      Effect: "Allow",
      Action: ["ec2:CreateSnapshot"],
      Resource: [arn(scope, "ec2", "volume/*")],
      Condition: { StringEquals: { [`aws:ResourceTag/${key}`]: value } },
    },
    // At the moment of its creation a snapshot has no tags, and no account in its ARN.
    { Sid: "Keep", Effect: "Allow", Action: ["ec2:CreateSnapshot"], Resource: [snapshots] },
    { Sid: "Tag", Effect: "Allow", Action: ["ec2:CreateTags"], Resource: [snapshots] },
    {
      Sid: "Expire",
      Effect: "Allow",
      Action: ["ec2:DeleteSnapshot"],
      Resource: [snapshots],
      Condition: { StringEquals: { [`aws:ResourceTag/${key}`]: value } },
    },
    // AWS cannot limit these actions to a resource.
    { Sid: "Look", Effect: "Allow", Action: ["ec2:DescribeSnapshots", "ec2:DescribeVolumes"], Resource: ["*"] },
    ...encrypted,
  );
}

/** A snapshot of the data volume each night, kept for `snapshotDays`. Snapshots outlive the stack. */
export class Snapshots extends pulumi.ComponentResource {
  /** ARN of the lifecycle policy. */
  readonly policyArn: pulumi.Output<string>;

  constructor(name: string, args: SnapshotsArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Snapshots", name, {}, options);
    const { settings } = args;
    const { stack, host } = settings;
    const named = stackName(stack, "dlm");
    const { key, value } = snapshotTag(stack);
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        namePrefix: `${named}-`,
        description: `Linnix snapshots, stack ${stack}`,
        assumeRolePolicy: pulumi
          .output(args.scope)
          .apply(({ account }) => JSON.stringify(trust("dlm.amazonaws.com", account))),
        ...(host.permissionsBoundary === undefined ? {} : { permissionsBoundary: host.permissionsBoundary }),
        tags: tags(settings, named),
      },
      { parent: this },
    );
    const rights = new aws.iam.RolePolicy(
      `${name}-rights`,
      {
        role: role.name,
        name: "snapshots",
        policy: pulumi
          .all([args.scope, args.keyArn])
          .apply(([scope, keyArn]) => JSON.stringify(snapshotPolicy(scope, stack, keyArn))),
      },
      { parent: this },
    );
    const lifecycle = new aws.dlm.LifecyclePolicy(
      `${name}-policy`,
      {
        // AWS accepts letters, digits, spaces, hyphens and underscores here.
        description: `Linnix ${stack} data volume`,
        executionRoleArn: role.arn,
        state: "ENABLED",
        policyDetails: {
          resourceTypes: ["VOLUME"],
          targetTags: { [key]: value },
          schedules: [
            {
              name: "daily",
              createRule: { interval: 24, intervalUnit: "HOURS", times: "03:00" },
              retainRule: { interval: host.snapshotDays, intervalUnit: "DAYS" },
              copyTags: true,
            },
          ],
        },
        tags: tags(settings, named),
      },
      { parent: this, dependsOn: rights },
    );
    this.policyArn = lifecycle.arn;
    this.registerOutputs({ policyArn: this.policyArn });
  }
}
