import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../services/service";
import { type Ec2Stack, snapshotTag, tags } from "./tags";

/** Arguments of {@link DataVolume}. */
export interface DataVolumeArgs {
  readonly settings: Ec2Stack;
  /** The zone of the host: a volume can't be attached from another. */
  readonly availabilityZone: pulumi.Input<string>;
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** The volume for model and incidents: it outlives host and release, and the stack itself where that is protected. */
export class DataVolume extends pulumi.ComponentResource {
  readonly volumeId: pulumi.Output<string>;

  constructor(name: string, args: DataVolumeArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:DataVolume", name, {}, options);
    const { settings, availabilityZone, keyArn } = args;
    const { key, value } = snapshotTag(settings.stack);
    const volume = new aws.ebs.Volume(
      `${name}-volume`,
      {
        availabilityZone,
        type: "gp3",
        size: settings.host.dataGiB,
        encrypted: true,
        ...(keyArn === undefined ? {} : { kmsKeyId: keyArn }),
        tags: { ...tags(settings, stackName(settings.stack, "data")), [key]: value },
      },
      { parent: this, retainOnDelete: settings.host.protect },
    );
    this.volumeId = volume.id;
    this.registerOutputs({ volumeId: this.volumeId });
  }
}
