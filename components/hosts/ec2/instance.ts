import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../services/service";
import { systems } from "./systems";
import { type Ec2Stack, tags } from "./tags";

/** Arguments of {@link Instance}. */
export interface InstanceArgs {
  readonly settings: Ec2Stack;
  readonly subnetId: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
  readonly profileName: pulumi.Input<string>;
  /** What cloud-init runs on first boot, in Base64. A change replaces the host, and keeps the data volume. */
  readonly userDataBase64: pulumi.Input<string>;
  /** The volume that is attached. */
  readonly dataVolumeId: pulumi.Input<string>;
  /** What first boot needs: policies, a way to AWS. A component's own `dependsOn` would not reach its children. */
  readonly after: readonly pulumi.Resource[];
  /** The key that the root volume is encrypted with; left out: AWS's own. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** Whether a type saves CPU time up and can run out of it. */
export const hasCpuCredits = (instanceType: string): boolean => /^t\d/.test(instanceType);

/** The host itself, with its data volume attached. */
export class Instance extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;
  readonly availabilityZone: pulumi.Output<string>;
  readonly privateIp: pulumi.Output<string>;
  /** Empty in private mode. */
  readonly publicIp: pulumi.Output<string>;
  /** Id of the machine image that the host started from. */
  readonly machineImage: pulumi.Output<string>;
  /** The network interface by which the host talks. */
  readonly interfaceId: pulumi.Output<string>;

  constructor(
    private readonly prefix: string,
    private readonly args: InstanceArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("linnix:host:Instance", prefix, {}, options);
    const instance = this.instance();
    this.attach(instance);
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

  /** The image that the settings name, or the newest that the system's makers publish. */
  private image(): pulumi.Input<string> {
    const { system, architecture, machineImage } = this.args.settings.host;
    if (machineImage.kind === "given") return machineImage.id;
    return aws.ssm.getParameterOutput({ name: systems[system].imageParameter(architecture) }, { parent: this }).value;
  }

  private instance(): aws.ec2.Instance {
    const { settings, keyArn, ...args } = this.args;
    const { stack, host } = settings;
    const encrypted = { encrypted: true, ...(keyArn === undefined ? {} : { kmsKeyId: keyArn }) };
    return new aws.ec2.Instance(
      // Another system or architecture is another host: a pinned image, which is kept, would be the wrong one for it.
      `${this.prefix}-${host.system}-${host.architecture}`,
      {
        ami: this.image(),
        instanceType: host.instanceType,
        subnetId: args.subnetId,
        vpcSecurityGroupIds: [args.securityGroupId],
        associatePublicIpAddress: !host.network.private,
        iamInstanceProfile: args.profileName,
        userDataBase64: args.userDataBase64,
        // By default AWS would stop the host, change the text and start it again: cloud-init runs it only once.
        userDataReplaceOnChange: true,
        metadataOptions: {
          httpEndpoint: "enabled",
          httpTokens: "required",
          // One hop ends at the host: containers on a bridge don't reach the role's credentials.
          httpPutResponseHopLimit: 1,
          instanceMetadataTags: "disabled",
        },
        rootBlockDevice: {
          volumeType: "gp3",
          volumeSize: host.rootGiB,
          ...encrypted,
          deleteOnTermination: true,
          tags: tags(settings, stackName(stack, "root")),
        },
        // Nitro types are always so; written out because a check looks for it.
        ebsOptimized: true,
        monitoring: true,
        disableApiTermination: host.protect,
        // A model at work spends credits faster than they come: without this the host would slow down to a fifth. What
        // is spent beyond them is billed (0.05 USD each vCPU and hour); an alarm tells.
        ...(hasCpuCredits(host.instanceType) ? { creditSpecification: { cpuCredits: "unlimited" } } : {}),
        tags: tags(settings, stackName(stack, "host")),
      },
      {
        parent: this,
        dependsOn: [...this.args.after],
        // The data volume can be attached to one host at a time.
        deleteBeforeReplace: true,
        // Accepted: that there is a newer image than the host's. Otherwise an `up` after its release replaced the host.
        ...(host.machineImage.kind === "pinned" ? { ignoreChanges: ["ami"] } : {}),
      },
    );
  }

  private attach(instance: aws.ec2.Instance): void {
    new aws.ec2.VolumeAttachment(
      `${this.prefix}-data`,
      {
        instanceId: instance.id,
        volumeId: this.args.dataVolumeId,
        // A name that the API wants; the host looks for the volume's serial number, since device names lie.
        deviceName: "/dev/sdf",
        // Detached from a running host the file system would be cut off in the middle of a write.
        stopInstanceBeforeDetaching: true,
      },
      { parent: this, deleteBeforeReplace: true },
    );
  }
}
