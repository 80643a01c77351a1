import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../../services/service";
import { type PolicyDocument, policy } from "../policy";
import type { SessionTargets } from "../../../settings/ec2/session-arns";
import { type Ec2Stack, tags } from "../stack";

/** Arguments of {@link Endpoints}. */
export interface EndpointsArgs {
  readonly settings: Ec2Stack;
  readonly vpcId: pulumi.Input<string>;
  /** The VPC's addresses, from which the endpoints may be used. */
  readonly cidr: string;
  readonly subnetId: pulumi.Input<string>;
  readonly routeTableId: pulumi.Input<string>;
}

/**
 * The services that a host without internet access calls (each costs about 7 USD a month): Systems Manager and its
 * messages, ECR's API and registry, logs, metrics.
 *
 * Without `kms`: the parameter store itself decrypts, so the host never calls it. Not `ec2messages`: agents from 3.3.40 on,
 * which both systems have, use `ssmmessages`, and newer regions do not offer it.
 */
const usualServices = ["ssm", "ssmmessages", "ecr.api", "ecr.dkr", "logs", "monitoring"] as const;

/** The interface endpoints of a private network: the usual ones, and KMS's where sessions are encrypted. */
export const interfaceServices = ({ keys }: SessionTargets): readonly string[] => [
  ...usualServices,
  ...(keys.length === 0 ? [] : ["kms"]),
];

/**
 * Allows reading through the private network's endpoint for S3, and no writing except to the buckets that record sessions. Packages, image layers and the model come
 * from buckets of AWS and of the user, whose names differ by region and setting: therefore from any bucket.
 */
export function fetchPolicy({ buckets }: SessionTargets): PolicyDocument {
  return policy(
    { Sid: "Fetch", Effect: "Allow", Principal: "*", Action: ["s3:GetObject"], Resource: ["*"] },
    ...(buckets.length === 0
      ? []
      : [
          {
            Sid: "RecordSessions",
            Effect: "Allow",
            Principal: "*",
            Action: ["s3:PutObject", "s3:GetEncryptionConfiguration"],
            Resource: buckets.flatMap((bucket) => [bucket, `${bucket}/*`]),
          } as const,
        ]),
  );
}

/** Replaces the internet in a private VPC: AWS's services have private addresses there, S3 has a route (free). */
export class Endpoints extends pulumi.ComponentResource {
  /** Represents S3's addresses in security groups. */
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
    for (const service of interfaceServices(settings.host.sessions)) {
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
    // The layers of ECR's images and Amazon Linux's packages are in S3.
    const s3 = new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId,
        serviceName: `com.amazonaws.${region}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds: [routeTableId],
        policy: JSON.stringify(fetchPolicy(settings.host.sessions)),
        tags: tagged("s3"),
      },
      { parent: this },
    );
    this.s3PrefixListId = s3.prefixListId;
    this.registerOutputs({ s3PrefixListId: this.s3PrefixListId });
  }
}
