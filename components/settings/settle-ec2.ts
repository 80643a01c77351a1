import type { Ec2Settings, MachineImage, NetworkSettings, PrebuiltImages, RegistrySettings, SystemName } from "./ec2";
import { instanceType } from "./instance-types";
import type { Values } from "./schema";

function networkOf({ vpcCidr, vpcId, subnetId, private: hidden = false }: Values): NetworkSettings {
  return vpcId === undefined || subnetId === undefined
    ? { kind: "own", cidr: String(vpcCidr), private: hidden }
    : { kind: "existing", vpcId, subnetId, private: hidden };
}

function machineImageOf({ machineImage = "pinned" }: Values): MachineImage {
  return machineImage === "pinned" || machineImage === "newest"
    ? { kind: machineImage }
    : { kind: "given", id: machineImage };
}

/** The host that checked values describe. */
export function hostOf(values: Values): { readonly kind: "local" } | Ec2Settings {
  if (values.host !== "ec2") return { kind: "local" };
  const type = String(values.instanceType);
  const boundary = values.permissionsBoundary;
  return {
    kind: "ec2",
    region: String(values["aws:region"]),
    system: values.system as SystemName,
    instanceType: type,
    architecture: instanceType(type).architecture,
    machineImage: machineImageOf(values),
    network: networkOf(values),
    rootGiB: Number(values.rootGiB),
    dataGiB: Number(values.dataGiB),
    swapMiB: Number(values.swapMiB),
    protect: values.protect === true,
    logDays: Number(values.logDays),
    flowLogs: values.flowLogs === true,
    alarmEmails: [...(values.alarmEmails ?? [])],
    snapshotDays: Number(values.snapshotDays),
    ...(boundary === undefined ? {} : { permissionsBoundary: boundary }),
    customerKey: values.customerKey === true,
    owner: String(values.owner),
    tags: { ...(values.tags as Record<string, string> | undefined) },
  };
}

/** What `auto` means: no registry where the images stay or aren't built here, ECR for an EC2 host's. */
export function registryKind({ host, registry = "auto", images }: Values): RegistrySettings["kind"] {
  if (registry === "auto") return host === "ec2" && images === undefined ? "ecr" : "none";
  return registry === "none" || registry === "ecr" ? registry : "any";
}

/** The registry that checked values describe. */
export function registryOf(values: Values): RegistrySettings {
  const kind = registryKind(values);
  return kind === "any" ? { kind, address: String(values.registry), user: String(values.registryUser) } : { kind };
}

/** The images that checked values name instead of a build. */
export function prebuiltOf({ images }: Values): PrebuiltImages | undefined {
  return images === undefined ? undefined : { cognitod: String(images.cognitod), llama: String(images.llama) };
}
