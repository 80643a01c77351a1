/** Which availability zone a host can be in. Pure. */
import * as pulumi from "@pulumi/pulumi";

import { formatFault } from "../../../settings/fault";

/** The zones that a host could be in. */
export interface ZoneChoice {
  readonly stack: string;
  readonly region: string;
  readonly instanceType: string;
  /** The zones that offer the instance type. */
  readonly offering: readonly string[];
  /** The zones of each interface endpoint that the network needs, by service. */
  readonly endpoints: Readonly<Record<string, readonly string[]>>;
  /** An existing volume that the host attaches. */
  readonly volume?: { readonly id: string; readonly zone: string };
}

const listOfferings = (region: string, filter: string): string =>
  `aws ec2 describe-instance-type-offerings --region ${region} --location-type availability-zone --filters ${filter}`;

/** Local Zones and Wavelength Zones are ignored. */
const isOrdinary = (region: string) => (zone: string) => /^[a-z]$/.test(zone.slice(region.length));

/** The services whose endpoints a zone lacks. */
const lacking = (zone: string, endpoints: ZoneChoice["endpoints"]): string[] =>
  Object.entries(endpoints).flatMap(([service, zones]) => (zones.includes(zone) ? [] : [service]));

function withoutEndpoints(stack: string, zones: string, services: readonly string[]): pulumi.RunError {
  return new pulumi.RunError(
    formatFault({
      key: "linnix:private",
      value: "true",
      problem: `needs an interface endpoint of ${services.join(", ")}, which AWS does not offer in ${zones}`,
      remedy: `pulumi config set linnix:private false --stack ${stack}, or set linnix:vpcId and linnix:subnetId to a network with a NAT`,
    }),
  );
}

/**
 * The first zone that offers the instance type and has every endpoint: not every zone has everything, and AWS would choose
 * any zone for the subnet.
 */
export function firstZone(choice: ZoneChoice): string {
  const { stack, region, instanceType, offering, endpoints, volume } = choice;
  if (volume !== undefined) {
    requireZone(volume.zone, choice, `the zone of linnix:dataVolume ${volume.id}`);
    return volume.zone;
  }
  const zones = offering.filter(isOrdinary(region)).sort();
  if (zones.length === 0) {
    throw new pulumi.RunError(
      formatFault({
        key: "linnix:instanceType",
        value: instanceType,
        problem: `is offered in no availability zone of ${region}; it must be one that the region has`,
        remedy: `${listOfferings(region, `Name=location,Values=${region}*`)} lists them; then pulumi config set linnix:instanceType TYPE --stack ${stack}`,
      }),
    );
  }
  const first = zones.find((zone) => lacking(zone, endpoints).length === 0);
  if (first !== undefined) return first;
  throw withoutEndpoints(stack, `the zones with ${instanceType} (${zones.join(", ")})`, [
    ...new Set(zones.flatMap((zone) => lacking(zone, endpoints))),
  ]);
}

/**
 * Rejects what the zone of an existing subnet does not offer. Otherwise AWS would refuse only after the host was stopped to
 * get its new type.
 */
export function requireZone(
  zone: string,
  { stack, region, instanceType, offering, endpoints }: ZoneChoice,
  reason = "the zone of the host's subnet",
): void {
  if (!offering.includes(zone)) {
    throw new pulumi.RunError(
      formatFault({
        key: "linnix:instanceType",
        value: instanceType,
        problem: `is not offered in ${zone}, ${reason}; it must be one that this zone has`,
        remedy: `${listOfferings(region, `Name=location,Values=${zone}`)} lists them; then pulumi config set linnix:instanceType TYPE --stack ${stack}`,
      }),
    );
  }
  const missing = lacking(zone, endpoints);
  if (missing.length > 0) throw withoutEndpoints(stack, `${zone}, ${reason}`, missing);
}
