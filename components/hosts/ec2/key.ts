import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../services/service";
import { lookUpPlace } from "./place";
import { keyPolicy } from "./service-policies";
import { type Ec2Stack, tags } from "./tags";

/** Arguments of {@link StackKey}. */
export interface StackKeyArgs {
  readonly settings: Ec2Stack;
}

/**
 * A key of the stack's own (about 1 USD a month), rotated yearly, for its volumes, repositories, logs, secrets and
 * alarms. It is made before the registry and the host, which are both given it.
 */
export class StackKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, { settings }: StackKeyArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Key", name, {}, options);
    const { stack, host } = settings;
    const place = lookUpPlace(host.region, this);
    const key = new aws.kms.Key(
      `${name}-kms`,
      {
        description: `Linnix, stack ${stack}: volumes, repositories, logs, secrets, alarms`,
        policy: place.apply((it) => JSON.stringify(keyPolicy(it, stack))),
        enableKeyRotation: true,
        // The days in which a deletion can still be called back; 7 is the least that AWS takes.
        deletionWindowInDays: host.protect ? 30 : 7,
        tags: tags(settings, stackName(stack, "key")),
      },
      // What outlives a protected stack can be read only as long as the key is there.
      { parent: this, retainOnDelete: host.protect },
    );
    new aws.kms.Alias(
      `${name}-alias`,
      // With a suffix: an interrupted update may leave an alias behind that nobody recorded, and must not trip over it.
      { namePrefix: `alias/${stackName(stack, "")}`, targetKeyId: key.keyId },
      { parent: this },
    );
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
