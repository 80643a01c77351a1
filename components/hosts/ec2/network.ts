import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../services/service";
import type { NetworkSettings } from "../../settings/ec2";
import { formatFault } from "../../settings/fault";
import { Endpoints } from "./endpoints";
import { type Ec2Stack, tags } from "./tags";

/** Arguments of {@link Network}. */
export interface NetworkArgs {
  readonly settings: Ec2Stack;
  /** TCP ports that the host may reach; see `portsOut` in access.ts. */
  readonly portsOut: readonly number[];
}

/** Where HTTPS may go: to addresses, and to the services of AWS that a prefix list stands for. */
interface WayOut {
  readonly cidrBlocks: pulumi.Input<string>[];
  readonly prefixListIds?: pulumi.Input<string>[];
}

const anywhere: WayOut = { cidrBlocks: ["0.0.0.0/0"] };

/** Refuses a subnet of another VPC than the one that the settings name. */
export function requireSubnetOf(vpcId: string, subnet: { readonly id: string; readonly vpcId: string }): void {
  if (subnet.vpcId === vpcId) return;
  throw new pulumi.RunError(
    formatFault({
      key: "linnix:subnetId",
      value: subnet.id,
      problem: `is a subnet of ${subnet.vpcId}; it must be one of ${vpcId}, which linnix:vpcId names`,
      remedy: `pulumi config set linnix:vpcId ${subnet.vpcId}, or set linnix:subnetId to a subnet of ${vpcId}`,
    }),
  );
}

/** Looks a subnet up; an error where it is another VPC's. */
export function existingSubnet(vpcId: string, subnetId: string, parent?: pulumi.Resource) {
  return aws.ec2.getSubnetOutput({ id: subnetId }, parent === undefined ? {} : { parent }).apply((found) => {
    requireSubnetOf(vpcId, found);
    return found;
  });
}

/**
 * The first zone of a region that offers an instance type: not every zone has every type, and a subnet that names no
 * zone gets any. Zones outside the region's own (a city's, a carrier's) are left out.
 */
export function firstZone(region: string, instanceType: string, zones: readonly string[]): string {
  const [first] = zones.filter((zone) => /^[a-z]$/.test(zone.slice(region.length))).sort();
  if (first !== undefined) return first;
  throw new pulumi.RunError(
    formatFault({
      key: "linnix:instanceType",
      value: instanceType,
      problem: `is offered in no availability zone of ${region}; it must be one that the region has`,
      remedy:
        `aws ec2 describe-instance-type-offerings --region ${region} lists them; ` +
        "then pulumi config set linnix:instanceType TYPE",
    }),
  );
}

/**
 * Where the host stands: a VPC of its own with one subnet, or a subnet that is there already. Nothing may come in, and
 * HTTPS may go out. (A security group doesn't see names, time and instance metadata: the VPC itself serves them.)
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  readonly availabilityZone: pulumi.Output<string>;
  /** The host's security group. */
  readonly securityGroupId: pulumi.Output<string>;

  private readonly settings: Ec2Stack;

  constructor(
    private readonly prefix: string,
    { settings, portsOut }: NetworkArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("linnix:host:Network", prefix, {}, options);
    this.settings = settings;
    const { network } = settings.host;
    const place = network.kind === "own" ? this.own(network) : this.existing(network);
    this.vpcId = place.vpcId;
    this.subnetId = place.subnetId;
    this.availabilityZone = place.availabilityZone;
    this.securityGroupId = this.securityGroup(place.wayOut, portsOut).id;
    this.registerOutputs({
      vpcId: this.vpcId,
      subnetId: this.subnetId,
      availabilityZone: this.availabilityZone,
      securityGroupId: this.securityGroupId,
    });
  }

  /** A small VPC; the one subnet takes all of its addresses. */
  private own(network: NetworkSettings & { kind: "own" }) {
    const vpc = new aws.ec2.Vpc(
      `${this.prefix}-vpc`,
      { cidrBlock: network.cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: this.tags("vpc") },
      { parent: this },
    );
    // The group that AWS makes with every VPC lets its members talk to one another: emptied, it allows nothing.
    new aws.ec2.DefaultSecurityGroup(
      `${this.prefix}-default`,
      { vpcId: vpc.id, ingress: [], egress: [], tags: this.tags("default-unused") },
      { parent: this },
    );
    const subnet = this.subnet(vpc, network.cidr);
    const routes = this.routes(vpc, subnet, network.private);
    const wayOut = network.private ? this.endpoints(network, vpc, subnet, routes) : anywhere;
    return { vpcId: vpc.id, subnetId: subnet.id, availabilityZone: subnet.availabilityZone, wayOut };
  }

  private subnet(vpc: aws.ec2.Vpc, cidrBlock: string): aws.ec2.Subnet {
    const { region, instanceType } = this.settings.host;
    const offered = aws.ec2.getInstanceTypeOfferingsOutput(
      { locationType: "availability-zone", filters: [{ name: "instance-type", values: [instanceType] }] },
      { parent: this },
    );
    return new aws.ec2.Subnet(
      `${this.prefix}-subnet`,
      {
        vpcId: vpc.id,
        cidrBlock,
        availabilityZone: offered.locations.apply((zones) => firstZone(region, instanceType, zones)),
        // The host says for itself whether it has a public address.
        mapPublicIpOnLaunch: false,
        tags: this.tags("subnet"),
      },
      // Accepted: the zone that was chosen first stays, though AWS may offer the type in an earlier one later. Another
      // zone would replace host and data volume.
      { parent: this, ignoreChanges: ["availabilityZone"] },
    );
  }

  /** With a way to the internet unless the network is private. */
  private routes(vpc: aws.ec2.Vpc, subnet: aws.ec2.Subnet, isPrivate: boolean): aws.ec2.RouteTable {
    const table = new aws.ec2.RouteTable(
      `${this.prefix}-routes`,
      { vpcId: vpc.id, tags: this.tags("routes") },
      { parent: this },
    );
    new aws.ec2.RouteTableAssociation(
      `${this.prefix}-association`,
      { routeTableId: table.id, subnetId: subnet.id },
      { parent: this },
    );
    if (isPrivate) return table;
    const gateway = new aws.ec2.InternetGateway(
      `${this.prefix}-gateway`,
      { vpcId: vpc.id, tags: this.tags("gateway") },
      { parent: this },
    );
    new aws.ec2.Route(
      `${this.prefix}-internet`,
      { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      { parent: this },
    );
    return table;
  }

  private endpoints(
    network: NetworkSettings & { kind: "own" },
    vpc: aws.ec2.Vpc,
    subnet: aws.ec2.Subnet,
    routes: aws.ec2.RouteTable,
  ): WayOut {
    const { s3PrefixListId } = new Endpoints(
      `${this.prefix}-endpoints`,
      { settings: this.settings, vpcId: vpc.id, cidr: network.cidr, subnetId: subnet.id, routeTableId: routes.id },
      { parent: this },
    );
    return { cidrBlocks: [network.cidr], prefixListIds: [s3PrefixListId] };
  }

  /** Its routes, endpoints and address lists are whoever's it is. */
  private existing({ vpcId, subnetId }: NetworkSettings & { kind: "existing" }) {
    const subnet = existingSubnet(vpcId, subnetId, this);
    return {
      vpcId: subnet.vpcId,
      subnetId: subnet.id,
      availabilityZone: subnet.availabilityZone,
      wayOut: anywhere,
    };
  }

  private securityGroup(wayOut: WayOut, ports: readonly number[]): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(
      // A logical name that begins with `sg-` would be refused.
      `${this.prefix}-host-group`,
      {
        namePrefix: `${stackName(this.settings.stack, "host")}-`,
        description: "Linnix host: nothing comes in, HTTPS goes out",
        vpcId: this.vpcId,
        // Written out, though empty: a rule that somebody adds by hand is seen, and taken away.
        ingress: [],
        egress: ports.map((port) => ({
          description: "HTTPS",
          protocol: "tcp",
          fromPort: port,
          toPort: port,
          ...wayOut,
        })),
        tags: this.tags("host"),
      },
      { parent: this },
    );
  }

  private tags(part: string): Record<string, string> {
    return tags(this.settings, stackName(this.settings.stack, part));
  }
}
