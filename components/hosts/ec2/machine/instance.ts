import { createHash } from "node:crypto";

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../../services/service";
import { instanceType } from "../../../settings/ec2/instance-types";
import type { Ec2Settings } from "../../../settings/ec2/types";
import { onError } from "../../../error-hooks";
import { explainStart } from "./failed-start";
import { systems } from "./systems";
import { type Ec2Stack, tags } from "../stack";
import { type MachineFacts, userData } from "../user-data/user-data";

/** Arguments of {@link Instance}. */
export interface InstanceArgs {
  readonly settings: Ec2Stack;
  readonly subnetId: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
  readonly profileName: pulumi.Input<string>;
  /** For user data, which cloud-init runs on first boot. A change replaces the host, except of the proxy. */
  readonly machine: pulumi.Input<MachineFacts>;
  /** The volume to attach. */
  readonly dataVolumeId: pulumi.Input<string>;
  /** What first boot needs: policies, a route to AWS. A component's own `dependsOn` would not reach its children. */
  readonly after: readonly pulumi.Resource[];
  /** The key that encrypts the root volume. Default: AWS's own. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** Whether an instance type earns and spends CPU credits. */
export const hasCpuCredits = (type: string): boolean => instanceType(type).burstable;

/** The host itself, with its data volume attached. */
export class Instance extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;
  readonly availabilityZone: pulumi.Output<string>;
  readonly privateIp: pulumi.Output<string>;
  /** Empty in private mode. */
  readonly publicIp: pulumi.Output<string>;
  /** Id of the machine image that the host was started from. */
  readonly machineImage: pulumi.Output<string>;
  /** Id of the primary network interface. */
  readonly interfaceId: pulumi.Output<string>;

  constructor(name: string, args: InstanceArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Instance", name, {}, options);
    const instance = ec2Instance(name, args, this);
    new aws.ec2.VolumeAttachment(
      `${name}-data`,
      {
        instanceId: instance.id,
        volumeId: args.dataVolumeId,
        // Required by the API. The host finds the volume by its serial number, since device names change.
        deviceName: "/dev/sdf",
        // Detaching it from a running host would cut the file system off in the middle of a write.
        stopInstanceBeforeDetaching: true,
      },
      { parent: this, protect: args.settings.host.protect, deleteBeforeReplace: true },
    );
    this.instanceId = instance.id;
    this.availabilityZone = instance.availabilityZone;
    this.privateIp = instance.privateIp;
    this.publicIp = instance.publicIp;
    this.machineImage = instance.ami;
    this.interfaceId = instance.primaryNetworkInterfaceId;
    this.registerOutputs({
      instanceId: this.instanceId,
      availabilityZone: this.availabilityZone,
      privateIp: this.privateIp,
      publicIp: this.publicIp,
      machineImage: this.machineImage,
      interfaceId: this.interfaceId,
    });
  }
}

/** The image in the settings, or the newest one that the system's vendor publishes. */
function machineImage({ system, architecture, machineImage: image }: Ec2Settings, parent: pulumi.Resource) {
  if (image.kind === "given") return image.id;
  return aws.ssm.getParameterOutput({ name: systems[system].imageParameter(architecture) }, { parent }).value;
}

/**
 * Another system, architecture or network mode is another resource. The pinned image, which is kept, would be wrong for the
 * first two, and a changed `associatePublicIpAddress` is ignored.
 */
function resourceName(name: string, { system, architecture, network }: Ec2Settings): string {
  return [name, system, architecture, ...(network.private ? ["private"] : [])].join("-");
}

/** Properties that replace a host, and whose drift is accepted. */
function acceptedDrift({ machineImage: { kind } }: Ec2Settings): string[] {
  return [
    // AWS reads false for a stopped host, whatever it was started with: `up --refresh` would replace the host.
    "associatePublicIpAddress",
    // Another proxy: a running host has it from its bundle. The rest of user data replaces the host, see replacementTrigger.
    "userData",
    // A newer image than the host's: an `up` after its publication would replace the host.
    ...(kind === "pinned" ? ["ami"] : []),
  ];
}

function ec2Instance(name: string, args: InstanceArgs, parent: pulumi.Resource): aws.ec2.Instance {
  const { settings, keyArn } = args;
  const { stack, host } = settings;
  return new aws.ec2.Instance(
    resourceName(name, host),
    {
      ami: machineImage(host, parent),
      instanceType: host.instanceType,
      subnetId: args.subnetId,
      vpcSecurityGroupIds: [args.securityGroupId],
      associatePublicIpAddress: !host.network.private,
      iamInstanceProfile: args.profileName,
      userData: pulumi.output(args.machine).apply(userData),
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        // One hop ends at the host: containers on a bridge can't reach the role's credentials.
        httpPutResponseHopLimit: 1,
        instanceMetadataTags: "disabled",
      },
      rootBlockDevice: {
        volumeType: "gp3",
        volumeSize: host.rootGiB,
        encrypted: true,
        ...(keyArn === undefined ? {} : { kmsKeyId: keyArn }),
        deleteOnTermination: true,
        tags: tags(settings, stackName(stack, "root")),
      },
      // Always true of Nitro types; explicit because a benchmark checks it.
      ebsOptimized: true,
      monitoring: true,
      disableApiTermination: host.protect,
      // A model spends credits faster than they are earned: by default the host would slow down to a fifth. Credits beyond
      // the earned ones are billed (0.05 USD each vCPU and hour); an alarm reports it.
      ...(hasCpuCredits(host.instanceType) ? { creditSpecification: { cpuCredits: "unlimited" } } : {}),
      tags: tags(settings, stackName(stack, "host")),
    },
    {
      parent,
      // AWS alone would refuse only after the engine has detached the volume and stopped the host.
      protect: host.protect,
      dependsOn: [...args.after],
      ...onError(`${name}-failed`, ({ id, errors }) =>
        explainStart({ id, type: host.instanceType, region: host.region, errors }),
      ),
      // The data volume can be attached to only one host at a time.
      deleteBeforeReplace: true,
      ignoreChanges: acceptedDrift(host),
      // Not the provider's option, which knows nothing of a part of user data. Cloud-init runs a changed text never.
      replacementTrigger: pulumi.output(args.machine).apply((machine) =>
        createHash("sha256")
          .update(userData({ ...machine, proxy: undefined }))
          .digest("hex"),
      ),
    },
  );
}
