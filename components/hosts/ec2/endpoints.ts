import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../services/service";
import { fetchOnlyPolicy } from "./service-policies";
import { type Ec2Stack, tags } from "./tags";

/** Arguments of {@link Endpoints}. */
export interface EndpointsArgs {
  readonly settings: Ec2Stack;
  readonly vpcId: pulumi.Input<string>;
  /** The VPC's addresses: who may use the endpoints. */
  readonly cidr: string;
  readonly subnetId: pulumi.Input<string>;
  readonly routeTableId: pulumi.Input<string>;
}

/**
 * The services that a host without the internet calls (each costs about 7 USD a month): Systems Manager and its
 * messages, ECR's API and registry, logs, metrics.
 *
 * Not `kms`: the parameter store decrypts on its own side, so the host never calls it. Not `ec2messages`: agents from
 * 3.3.40 on, which both systems have, use `ssmmessages`, and newer regions don't offer it.
 */
export const interfaceServices = ["ssm", "ssmmessages", "ecr.api", "ecr.dkr", "logs", "monitoring"] as const;

/** What a private VPC has in place of the internet: AWS's services by private addresses, S3 by a route (free). */
export class Endpoints extends pulumi.ComponentResource {
  /** Stands for S3's addresses in security groups. */
  readonly s3PrefixListId: pulumi.Output<string>;

  constructor(name: string, args: EndpointsArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Endpoints", name, {}, options);
    const { settings, vpcId, cidr, subnetId, routeTableId } = args;
    const { region } = settings.host;
    const tagged = (part: string) => tags(settings, stackName(settings.stack, part));

    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      {
        namePrefix: `${stackName(settings.stack, "endpoints")}-`,
        description: "Linnix endpoints: HTTPS from the VPC",
        vpcId,
        ingress: [
          { description: "HTTPS from the VPC", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: [cidr] },
        ],
        egress: [],
        tags: tagged("endpoints"),
      },
      { parent: this },
    );
    for (const service of interfaceServices) {
      new aws.ec2.VpcEndpoint(
        `${name}-${service.replace(".", "-")}`,
        {
          vpcId,
          serviceName: `com.amazonaws.${region}.${service}`,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: [subnetId],
          securityGroupIds: [group.id],
          tags: tagged(service.replace(".", "-")),
        },
        { parent: this },
      );
    }
    // Layers of ECR's images and Amazon Linux's packages are in S3.
    const s3 = new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId,
        serviceName: `com.amazonaws.${region}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds: [routeTableId],
        policy: JSON.stringify(fetchOnlyPolicy()),
        tags: tagged("s3"),
      },
      { parent: this },
    );
    this.s3PrefixListId = s3.prefixListId;
    this.registerOutputs({ s3PrefixListId: this.s3PrefixListId });
  }
}
