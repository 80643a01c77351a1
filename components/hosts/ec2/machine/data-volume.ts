import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { formatFault } from "../../../settings/fault";
import { stackName } from "../../../services/service";
import { type Ec2Stack, snapshotTag, tags } from "../stack";

/** Arguments of {@link DataVolume}. */
export interface DataVolumeArgs {
  readonly settings: Ec2Stack;
  /** The host's zone: a volume can't be attached from another one. */
  readonly availabilityZone: pulumi.Input<string>;
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** The facts about an existing volume that decide whether it can become the data volume. */
export interface ExistingVolume {
  readonly id: string;
  readonly zone: string;
  readonly gibibytes: number;
}

/** Looks up the volume of `linnix:dataVolume`. */
export function existingVolume(id: string, parent: pulumi.Resource): pulumi.Output<ExistingVolume> {
  const found = aws.ebs.getVolumeOutput({ filters: [{ name: "volume-id", values: [id] }] }, { parent });
  return found.apply(({ availabilityZone: zone, size: gibibytes }) => ({ id, zone, gibibytes }));
}

/** Rejects a volume that can't be attached in this zone, or that is larger than the settings say. Pure. */
export function requireVolume(
  { id, zone, gibibytes }: ExistingVolume,
  host: { readonly stack: string; readonly zone: string; readonly dataGiB: number },
): void {
  if (zone !== host.zone) {
    throw new pulumi.RunError(
      formatFault({
        key: "linnix:dataVolume",
        value: id,
        problem: `is in ${zone}, and the host's subnet is in ${host.zone}; both must be in the same availability zone`,
        remedy: `set linnix:subnetId to a subnet in ${zone}, or make a snapshot of the volume and from it a volume in ${host.zone}`,
      }),
    );
  }
  if (gibibytes > host.dataGiB) {
    throw new pulumi.RunError(
      formatFault({
        key: "linnix:dataGiB",
        value: String(host.dataGiB),
        problem: `is less than the ${gibibytes} GiB of linnix:dataVolume ${id}; AWS refuses to shrink a volume`,
        remedy: `pulumi config set linnix:dataGiB ${gibibytes} --stack ${host.stack}`,
      }),
    );
  }
}

/** The volume for model and incidents. It outlives host and release, and a protected stack. */
export class DataVolume extends pulumi.ComponentResource {
  readonly volumeId: pulumi.Output<string>;

  constructor(name: string, args: DataVolumeArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:DataVolume", name, {}, options);
    const { settings, keyArn } = args;
    const { dataGiB, dataVolume, protect, snapshotDays } = settings.host;
    const { key, value } = snapshotTag(settings.stack);
    const found = dataVolume === undefined ? undefined : existingVolume(dataVolume, this);
    const availabilityZone = pulumi.all([args.availabilityZone, found]).apply(([zone, volume]) => {
      if (volume !== undefined) requireVolume(volume, { stack: settings.stack, zone, dataGiB });
      return zone;
    });
    const volume = new aws.ebs.Volume(
      `${name}-volume`,
      {
        availabilityZone,
        type: "gp3",
        size: dataGiB,
        encrypted: true,
        // Where snapshots are wanted, whatever deletes the volume leaves a last one: another linnix:dataVolume, key or zone, or a destroy.
        finalSnapshot: snapshotDays > 0,
        ...(keyArn === undefined ? {} : { kmsKeyId: keyArn }),
        tags: { ...tags(settings, stackName(settings.stack, "data")), [key]: value },
      },
      {
        parent: this,
        protect,
        retainOnDelete: protect,
        // The deletion waits until the snapshot is complete.
        customTimeouts: { delete: "1h" },
        // A volume that is taken over keeps its encryption: another key would replace it with an empty one.
        ...(dataVolume === undefined
          ? {}
          : { import: dataVolume, ignoreChanges: ["encrypted", "kmsKeyId", "snapshotId"] }),
      },
    );
    this.volumeId = volume.id;
    this.registerOutputs({ volumeId: this.volumeId });
  }
}
