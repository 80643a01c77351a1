import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../../services/service";
import { type PolicyDocument, policy } from "../policy";
import { type AwsScope, type Ec2Stack, arn, lookUpScope, parameterPrefix, tags } from "../stack";

/** Arguments of {@link StackKey}. */
export interface StackKeyArgs {
  readonly settings: Ec2Stack;
  /** Id of the key that {@link keyAlias} names already; it is taken over, with what is encrypted with it. */
  readonly existingKeyId?: string | undefined;
}

/** By this alias a stack finds the key that an earlier one left under `protect`. */
export const keyAlias = (stack: string): string => `alias/linnix-${stack}`;

/** A key's description; it tells a stack's own key from any other that its alias may name. */
export const keyDescription = (stack: string): string =>
  `Linnix, stack ${stack}: volumes, repositories, logs, secrets, alarms`;

/** The account administers the key, this stack's logs and alarms use it. In a key's policy `*` means this key. */
export function keyPolicy(scope: AwsScope, stack: string): PolicyDocument {
  const { partition, region, account } = scope;
  return policy(
    {
      // Without it nobody could ever change or delete the key. IAM decides who in the account may do that.
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: `arn:${partition}:iam::${account}:root` },
      Action: ["kms:*"],
      Resource: ["*"],
    },
    {
      Sid: "Logs",
      Effect: "Allow",
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Resource: ["*"],
      Condition: {
        ArnLike: {
          "kms:EncryptionContext:aws:logs:arn": arn(scope, "logs", `log-group:${parameterPrefix(stack)}/*`),
        },
      },
    },
    {
      Sid: "Alarms",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: ["*"],
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
  );
}

/**
 * A key of the stack's own (about 1 USD a month), rotated yearly, for its volumes, repositories, logs, secrets and
 * alarms. It is created before the registry and the host, which both receive it.
 */
export class StackKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, { settings, existingKeyId }: StackKeyArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Key", name, {}, options);
    const { stack, host } = settings;
    const key = new aws.kms.Key(
      `${name}-kms`,
      {
        description: keyDescription(stack),
        policy: lookUpScope(host.region, this).apply((scope) => JSON.stringify(keyPolicy(scope, stack))),
        enableKeyRotation: true,
        // A deletion can be cancelled within these days; AWS accepts 7 or more.
        deletionWindowInDays: host.protect ? 30 : 7,
        tags: tags(settings, stackName(stack, "key")),
      },
      // What outlives a protected stack can be read only as long as the key exists.
      { parent: this, retainOnDelete: host.protect, ...(existingKeyId === undefined ? {} : { import: existingKeyId }) },
    );
    const alias = keyAlias(stack);
    new aws.kms.Alias(
      `${name}-alias`,
      { name: alias, targetKeyId: key.keyId },
      { parent: this, retainOnDelete: host.protect, ...(existingKeyId === undefined ? {} : { import: alias }) },
    );
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
