import { type ServiceName, byService } from "../../services/catalogue";
import { required } from "../required";
import type { Values } from "../schema";
import type { PrebuiltImages, RegistrySettings } from "./types";

/** `auto` is none for images that stay where they are built or exist already, and ECR for those that a host pulls. */
function automaticKind({ host, images }: Pick<Values, "host" | "images">): RegistrySettings["kind"] {
  switch (host) {
    case "local":
      return "none";
    case "ec2":
      return images === undefined ? "ecr" : "none";
  }
}

/** The kind of registry that the values select. */
export function registryKind(values: Pick<Values, "host" | "registry" | "images">): RegistrySettings["kind"] {
  const { registry } = values;
  if (registry === "auto") return automaticKind(values);
  return registry === "none" || registry === "ecr" ? registry : "external";
}

/** Resolves the registry. */
export function registryOf(values: Values): RegistrySettings {
  const kind = registryKind(values);
  switch (kind) {
    case "none":
    case "ecr":
      return { kind };
    case "external":
      return { kind, address: values.registry, user: required(values.registryUser, "linnix:registryUser") };
  }
}

/** Resolves `linnix:images`; undefined if the images are built. */
export function prebuiltOf({ images }: Values, services: readonly ServiceName[]): PrebuiltImages | undefined {
  return images === undefined
    ? undefined
    : byService(services, (name) => required(images[name], `linnix:images.${name}`));
}
