import { findInstanceType, smallestSuggestion } from "../ec2/instance-types";
import type { SettingsCheck } from "../rules/check";
import { ecrAddress } from "./ecr-address";
import { registryKind } from "./resolve";

function login(check: SettingsCheck): void {
  const address = check.values.registry;
  if (registryKind(check.values) !== "external") {
    for (const name of ["registryUser", "registryPassword"] as const) {
      if (!check.isSet(name)) continue;
      const problem = `applies only if linnix:registry is a registry's address, but it is ${address}`;
      check.fault(name, problem, `${check.set("registry", "ghcr.io/my-org")}, or ${check.remove(name)}`);
    }
    return;
  }
  if (ecrAddress(address) !== undefined) {
    const problem =
      "is ECR, whose passwords expire after 12 hours; with ecr the stack creates repositories and gets passwords itself";
    check.fault("registry", problem, check.set("registry", "ecr"));
    return;
  }
  for (const name of ["registryUser", "registryPassword"] as const) {
    if (check.isSet(name)) continue;
    check.fault(name, `is required, because linnix:registry is the address ${address}`, check.set(name));
  }
}

/** Settings that only affect a build; invalid together with prebuilt images. */
const buildSettings = ["source", "sourceCommit", "bases", "baseImages", "builder"] as const;

/** The rules on prebuilt images that hold on every kind of host. */
export function checkPrebuilt(check: SettingsCheck): void {
  const { images, host } = check.values;
  if (images === undefined) return;
  for (const name of buildSettings) {
    if (!check.differsFromDefault(name) || !check.isValid(name)) continue;
    // These have faults of their own: the sample source and other bases on EC2, a builder on a local host.
    if (host === "ec2" ? check.values[name] === "sample" || name === "bases" : name === "builder") continue;
    const problem = "applies only to a build, but linnix:images names existing images to deploy instead";
    check.fault(name, problem, check.remove(name));
  }
}

/** The rules on prebuilt images for a local engine, which runs images of its own architecture only. */
export function checkLocalImages(check: SettingsCheck): void {
  const { images } = check.values;
  const { architecture: own } = check.context;
  if (images === undefined || own === undefined || !check.isValid("images")) return;
  const { architecture = "amd64" } = images;
  if (architecture === own) return;
  const problem = `has images for ${architecture} (its entry architecture; amd64 by default), but this machine is ${own}`;
  check.fault("images", problem, `name images for ${own}, or remove linnix:images to build them`);
}

function prebuilt(check: SettingsCheck): void {
  const { images, instanceType, registry } = check.values;
  if (images === undefined) return;
  if (registry === "ecr") {
    const problem =
      "would create repositories that nothing is pushed to, because linnix:images names existing images to deploy";
    check.fault("registry", problem, check.remove("registry"));
  }
  const foreign = Object.values(images).find((image) => (ecrAddress(image)?.partition ?? "aws") !== "aws");
  if (foreign !== undefined && check.isValid("images")) {
    const problem =
      "has an image in ECR of another partition (GovCloud, China), which a host in a public region cannot pull from";
    check.fault("images", problem, "copy it to a public region's ECR, or to another registry");
  }
  const type = findInstanceType(instanceType);
  const { architecture = "amd64" } = images;
  if (check.isValid("instanceType") && !("problem" in type) && type.architecture !== architecture) {
    const entry = "its entry architecture; amd64 by default";
    const problem = `is ${type.architecture}, but linnix:images has images for ${architecture} (${entry})`;
    const fitting = smallestSuggestion(architecture === "amd64" ? "amd64" : "arm64");
    const remedy = `${check.set("instanceType", fitting)}, or name images for ${type.architecture}`;
    check.fault("instanceType", problem, remedy);
  }
}

/** The rules on the origin of an EC2 host's images. */
export function checkRegistry(check: SettingsCheck): void {
  if (check.isValid("registry")) {
    if (check.values.registry === "none" && !check.isSet("images")) {
      const problem =
        "keeps images on the engine that built them, where an EC2 host cannot pull them, and linnix:images is not set";
      check.fault("registry", problem, `${check.set("registry", "ecr")}, or ${check.set("images")}`);
    }
    login(check);
  }
  prebuilt(check);
}
