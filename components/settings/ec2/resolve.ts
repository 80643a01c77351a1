import { required } from "../required";
import type { Values } from "../schema";
import { destinationsOf } from "./egress";
import { instanceType } from "./instance-types";
import { proxyOf } from "./proxy";
import { sessionTargets } from "./session-arns";
import type { Ec2Settings, MachineImage, NetworkSettings } from "./types";

function networkOf({ vpcCidr, vpcId, subnetId, private: isPrivate }: Values): NetworkSettings {
  return vpcId === undefined || subnetId === undefined
    ? { kind: "own", cidr: vpcCidr, private: isPrivate }
    : { kind: "existing", vpcId, subnetId, private: isPrivate };
}

function machineImageOf({ machineImage }: Values): MachineImage {
  return machineImage === "pinned" || machineImage === "newest"
    ? { kind: machineImage }
    : { kind: "given", id: machineImage };
}

/** Resolves the settings of an EC2 host. */
export function ec2Of(values: Values): Ec2Settings {
  const { permissionsBoundary, dataVolume, proxy, noProxy } = values;
  const region = required(values["aws:region"], "aws:region");
  const network = networkOf(values);
  return {
    kind: "ec2",
    region,
    system: values.system,
    instanceType: values.instanceType,
    architecture: instanceType(values.instanceType).architecture,
    machineImage: machineImageOf(values),
    network,
    sessions: sessionTargets(values.sessionArns ?? []),
    egress: destinationsOf(values.egress ?? []),
    ...(proxy === undefined ? {} : { proxy: proxyOf(proxy, noProxy ?? [], { network, region }) }),
    rootGiB: values.rootGiB,
    dataGiB: values.dataGiB,
    ...(dataVolume === undefined ? {} : { dataVolume }),
    swapMiB: values.swapMiB,
    protect: values.protect,
    logDays: values.logDays,
    flowLogs: values.flowLogs,
    alarmEmails: [...(values.alarmEmails ?? [])],
    snapshotDays: values.snapshotDays,
    ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
    customerKey: values.customerKey,
    owner: values.owner,
    tags: { ...values.tags },
  };
}
