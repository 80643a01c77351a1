import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../../services/service";
import type { NetworkSettings } from "../../../settings/ec2/types";
import { formatFault } from "../../../settings/fault";
import { existingVolume } from "../machine/data-volume";
import { type Ec2Stack, tags } from "../stack";
import { type HttpsDestinations, type VpcServers, egressRules } from "./egress";
import { Endpoints, interfaceServices } from "./endpoints";
import { type ZoneChoice, firstZone, requireZone } from "./zones";

/** Arguments of {@link Network}. */
export interface NetworkArgs {
  readonly settings: Ec2Stack;
  /** TCP ports that the host may reach; see ports-out.ts. */
  readonly portsOut: readonly number[];
}

type OwnNetwork = NetworkSettings & { readonly kind: "own" };

const anywhere: HttpsDestinations = { cidrBlocks: ["0.0.0.0/0"] };

/** The subnet of the host. */
interface HostSubnet {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  readonly availabilityZone: pulumi.Output<string>;
  readonly https: pulumi.Input<HttpsDestinations>;
  /** Absent in a VPC of the stack's own, which uses AWS's servers. */
  readonly servers?: pulumi.Input<VpcServers>;
}

/** Rejects a subnet of another VPC than the one in the settings. */
export function requireSubnetOf(vpcId: string, subnet: { readonly id: string; readonly vpcId: string }): void {
  if (subnet.vpcId === vpcId) return;
  throw new pulumi.RunError(
    formatFault({
      key: "linnix:subnetId",
      value: subnet.id,
      problem: `is a subnet of ${subnet.vpcId}; it must be one of ${vpcId}, which linnix:vpcId names`,
      remedy: `pulumi config set linnix:vpcId ${subnet.vpcId} --stack ${pulumi.getStack()}, or set linnix:subnetId to a subnet of ${vpcId}`,
    }),
  );
}

/** Looks up a subnet, and rejects it if it is of another VPC. */
export function existingSubnet(vpcId: string, subnetId: string, parent?: pulumi.Resource) {
  return aws.ec2.getSubnetOutput({ id: subnetId }, parent === undefined ? {} : { parent }).apply((found) => {
    requireSubnetOf(vpcId, found);
    return found;
  });
}

/** Looks up the zones that the host could be in. */
function zoneChoice({ stack, host }: Ec2Stack, parent: pulumi.Resource): pulumi.Output<ZoneChoice> {
  const { region, instanceType, network, dataVolume } = host;
  const offering = aws.ec2.getInstanceTypeOfferingsOutput(
    { locationType: "availability-zone", filters: [{ name: "instance-type", values: [instanceType] }] },
    { parent },
  ).locations;
  const needed = network.kind === "own" && network.private ? interfaceServices(host.sessions) : [];
  const zones = needed.map((service) =>
    aws.ec2
      .getVpcEndpointServiceOutput(
        { serviceName: `com.amazonaws.${region}.${service}`, serviceType: "Interface" },
        { parent },
      )
      .availabilityZones.apply((found) => [service, found] as const),
  );
  const volume = dataVolume === undefined ? undefined : existingVolume(dataVolume, parent);
  return pulumi.all([offering, pulumi.all(zones), volume]).apply(([offering, found, volume]) => ({
    stack,
    region,
    instanceType,
    offering,
    endpoints: Object.fromEntries(found),
    ...(volume === undefined ? {} : { volume }),
  }));
}

/**
 * The host's network: a VPC of its own with one subnet, or an existing subnet. Inbound traffic is denied; outbound, only
 * HTTPS is allowed, name and time servers of an existing VPC, and `linnix:egress`. (Security groups do not filter DNS, NTP
 * and instance metadata, which AWS itself serves.)
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  readonly availabilityZone: pulumi.Output<string>;
  /** The host's security group. */
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, { settings, portsOut }: NetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Network", name, {}, options);
    const { network } = settings.host;
    const zones = zoneChoice(settings, this);
    const subnet =
      network.kind === "own" ? ownNetwork(name, { settings, network, zones }, this) : existingNetwork(network, this);
    // The host is in this subnet, so nothing of it is touched before the zone was checked.
    const checked = pulumi.all([subnet.subnetId, subnet.availabilityZone, zones]).apply(([id, zone, choice]) => {
      requireZone(zone, choice);
      return { id, zone };
    });
    this.vpcId = subnet.vpcId;
    this.subnetId = checked.id;
    this.availabilityZone = checked.zone;
    this.securityGroupId = hostGroup(name, { settings, portsOut, subnet }, this).id;
    this.registerOutputs({
      vpcId: this.vpcId,
      subnetId: this.subnetId,
      availabilityZone: this.availabilityZone,
      securityGroupId: this.securityGroupId,
    });
  }
}

function networkTags(settings: Ec2Stack, part: string): Record<string, string> {
  return tags(settings, stackName(settings.stack, part));
}

/** An existing network: its owner manages routes and endpoints. */
function existingNetwork(
  { vpcId, subnetId }: NetworkSettings & { readonly kind: "existing" },
  parent: pulumi.Resource,
): HostSubnet {
  const subnet = existingSubnet(vpcId, subnetId, parent);
  return {
    vpcId: subnet.vpcId,
    subnetId: subnet.id,
    availabilityZone: subnet.availabilityZone,
    https: anywhere,
    servers: serversOf(vpcId, parent),
  };
}

/** Looks up the name and time servers of an existing VPC. */
function serversOf(vpcId: string, parent: pulumi.Resource): pulumi.Output<VpcServers> {
  return aws.ec2.getVpcOutput({ id: vpcId }, { parent }).apply(async ({ cidrBlockAssociations, dhcpOptionsId }) => {
    const ranges = cidrBlockAssociations.map(({ cidrBlock }) => cidrBlock);
    // AWS's name for no options at all.
    if (dhcpOptionsId === "default") return { ranges, domainNameServers: [], ntpServers: [] };
    const { domainNameServers, ntpServers } = await aws.ec2.getVpcDhcpOptions({ dhcpOptionsId }, { parent });
    return { ranges, domainNameServers, ntpServers };
  });
}

interface OwnNetworkArgs {
  readonly settings: Ec2Stack;
  readonly network: OwnNetwork;
  readonly zones: pulumi.Output<ZoneChoice>;
}

/** A small VPC, whose one subnet has all of its addresses. */
function ownNetwork(name: string, args: OwnNetworkArgs, parent: pulumi.Resource): HostSubnet {
  const { settings, network, zones } = args;
  const vpc = new aws.ec2.Vpc(
    `${name}-vpc`,
    {
      cidrBlock: network.cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: networkTags(settings, "vpc"),
    },
    { parent },
  );
  // AWS creates this group with every VPC, and its members may reach each other. Without rules, it allows nothing.
  new aws.ec2.DefaultSecurityGroup(
    `${name}-default`,
    { vpcId: vpc.id, ingress: [], egress: [], tags: networkTags(settings, "default-unused") },
    { parent },
  );
  const subnet = ownSubnet(name, { settings, vpcId: vpc.id, cidrBlock: network.cidr, zones }, parent);
  const routes = routeTable(name, { settings, vpcId: vpc.id, subnetId: subnet.id, isPrivate: network.private }, parent);
  const https = network.private
    ? endpointDestinations(name, { settings, network, vpc, subnet, routes }, parent)
    : anywhere;
  return { vpcId: vpc.id, subnetId: subnet.id, availabilityZone: subnet.availabilityZone, https };
}

interface OwnSubnetArgs {
  readonly settings: Ec2Stack;
  readonly vpcId: pulumi.Input<string>;
  readonly cidrBlock: string;
  readonly zones: pulumi.Output<ZoneChoice>;
}

function ownSubnet(name: string, { settings, vpcId, cidrBlock, zones }: OwnSubnetArgs, parent: pulumi.Resource) {
  return new aws.ec2.Subnet(
    `${name}-subnet`,
    {
      vpcId,
      cidrBlock,
      availabilityZone: zones.apply(firstZone),
      // The instance itself decides whether it has a public address.
      mapPublicIpOnLaunch: false,
      tags: networkTags(settings, "subnet"),
    },
    // Accepted drift: the first chosen zone is kept even if AWS later offers the type in an earlier one. Another zone would
    // replace host and data volume.
    { parent, ignoreChanges: ["availabilityZone"] },
  );
}

interface RouteTableArgs {
  readonly settings: Ec2Stack;
  readonly vpcId: pulumi.Input<string>;
  readonly subnetId: pulumi.Input<string>;
  /** Whether there is no route to the internet. */
  readonly isPrivate: boolean;
}

function routeTable(name: string, args: RouteTableArgs, parent: pulumi.Resource): aws.ec2.RouteTable {
  const { settings, vpcId, subnetId, isPrivate } = args;
  const table = new aws.ec2.RouteTable(`${name}-routes`, { vpcId, tags: networkTags(settings, "routes") }, { parent });
  new aws.ec2.RouteTableAssociation(`${name}-association`, { routeTableId: table.id, subnetId }, { parent });
  if (isPrivate) return table;
  const gateway = new aws.ec2.InternetGateway(
    `${name}-gateway`,
    { vpcId, tags: networkTags(settings, "gateway") },
    { parent },
  );
  new aws.ec2.Route(
    `${name}-internet`,
    { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
    { parent },
  );
  return table;
}

interface EndpointDestinationsArgs {
  readonly settings: Ec2Stack;
  readonly network: OwnNetwork;
  readonly vpc: aws.ec2.Vpc;
  readonly subnet: aws.ec2.Subnet;
  readonly routes: aws.ec2.RouteTable;
}

/** The VPC's endpoints, as the only destinations of a private network. */
function endpointDestinations(
  name: string,
  args: EndpointDestinationsArgs,
  parent: pulumi.Resource,
): pulumi.Output<HttpsDestinations> {
  const { settings, network, vpc, subnet, routes } = args;
  const { s3PrefixListId } = new Endpoints(
    `${name}-endpoints`,
    { settings, vpcId: vpc.id, cidr: network.cidr, subnetId: subnet.id, routeTableId: routes.id },
    { parent },
  );
  return pulumi.output({ cidrBlocks: [network.cidr], prefixListIds: [s3PrefixListId] });
}

interface HostGroupArgs extends NetworkArgs {
  readonly subnet: HostSubnet;
}

function hostGroup(name: string, args: HostGroupArgs, parent: pulumi.Resource): aws.ec2.SecurityGroup {
  const { settings, portsOut, subnet } = args;
  return new aws.ec2.SecurityGroup(
    // AWS rejects names with the prefix `sg-`.
    `${name}-host-group`,
    {
      namePrefix: `${stackName(settings.stack, "host")}-`,
      // A changed description would replace the group.
      description: "Linnix host: nothing comes in, HTTPS goes out",
      vpcId: subnet.vpcId,
      // Explicit although empty, so that a rule added by hand is detected and removed.
      ingress: [],
      egress: pulumi
        .all([subnet.https, subnet.servers])
        .apply(([https, servers]) => egressRules(https, portsOut, servers, settings.host)),
      tags: networkTags(settings, "host"),
    },
    { parent },
  );
}
