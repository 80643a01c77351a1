import type * as pulumi from "@pulumi/pulumi";

import { defined } from "../defined";
import { type PerService, byService, mapServices } from "../services/catalogue";
import type { Architecture } from "../settings/ec2/types";
import type { RegistrySettings } from "../settings/registry/types";
import type { Settings } from "../settings/types";
import { buildSpecs } from "./build-spec";
import { BuiltImage, type DeployableImage } from "./image";
import { PrebuiltImage } from "./prebuilt-image";
import { externalPull, externalRegistry } from "./registry/external";
import { noPull, noRegistry } from "./registry/none";
import { prebuiltPull } from "./registry/prebuilt";
import type { PullAccess, Registry } from "./registry/registry";

/** What a host requires of the images that it runs. */
export interface HostRequirements {
  /** The architecture that the images are built for; the engine's own by default. */
  readonly architecture?: Architecture;
  /** The stack's own repositories outlive the stack. */
  readonly keepRepositories: boolean;
  /** Names of the stack's own repositories that exist already, and are taken over. */
  readonly existingRepositories?: ReadonlySet<string> | undefined;
  /** Tags of the stack's own repositories. */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Arguments of {@link stackImages}. */
export interface StackImagesArgs extends HostRequirements {
  readonly settings: Pick<
    Settings,
    "stack" | "source" | "baseImages" | "prebuilt" | "builder" | "registry" | "services"
  >;
  /** Password of the registry's user; required for a registry by address only. */
  readonly registryPassword?: pulumi.Input<string> | undefined;
  /** Encrypts the stack's own repositories; see `EcrRegistryArgs`. */
  readonly kmsKeyArn?: pulumi.Input<string> | undefined;
}

/** The images of a stack, and what a host needs to pull them. */
export interface StackImages extends PerService<DeployableImage> {
  readonly pull: PullAccess;
}

/** The images that the settings ask for: built and kept on the engine, built and pushed, or prebuilt. */
export function stackImages(args: StackImagesArgs): StackImages {
  const { settings, architecture } = args;
  const { stack, baseImages, prebuilt, builder, services } = settings;
  if (prebuilt !== undefined) {
    const images = mapServices(prebuilt, (reference, name) => new PrebuiltImage(name, { reference }));
    return { ...images, pull: prebuiltPull(prebuilt, configuredPull(settings.registry)) };
  }
  const registry = registryOf(args);
  const builds = buildSpecs(settings);
  const common = { stack, baseImages, registry, builder, ...defined({ architecture }) };
  return {
    ...byService(services, (name) => new BuiltImage(name, { ...common, build: builds[name] })),
    pull: registry.pull,
  };
}

function registryOf(args: StackImagesArgs): Registry {
  const { settings, registryPassword, kmsKeyArn, keepRepositories, existingRepositories: existing, tags } = args;
  const { registry, stack, services } = settings;
  switch (registry.kind) {
    case "none":
      return noRegistry();
    case "external":
      return externalRegistry({ ...registry, stack, password: registryPassword ?? "" });
    case "ecr": {
      // Loaded only where it is used: the AWS package takes 0.15 s of each update.
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it for every registry
      const { EcrRegistry } = require("./registry/ecr") as typeof import("./registry/ecr");
      return new EcrRegistry("registry", { stack, services, protect: keepRepositories, existing, kmsKeyArn, tags });
    }
  }
}

/** Access to the registry of `linnix:registry` where nothing is pushed to it. */
function configuredPull(registry: RegistrySettings): PullAccess {
  switch (registry.kind) {
    case "external":
      return externalPull(registry);
    case "none":
      return noPull;
    case "ecr":
      // The settings' rules exclude it for prebuilt images.
      return noPull;
  }
}
