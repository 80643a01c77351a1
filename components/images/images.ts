import * as pulumi from "@pulumi/pulumi";

import type { ImageName } from "../services/service";
import type { Settings } from "../settings";
import { CognitodImage } from "./cognitod-image";
import type { DeployableImage, ImageArgs } from "./image";
import { LlamaImage } from "./llama-image";
import { PrebuiltImage } from "./prebuilt-image";
import { anyRegistry } from "./registry/any";
import { EcrRegistry } from "./registry/ecr";
import { noRegistry } from "./registry/none";
import type { Registry } from "./registry/registry";

/** What {@link stackImages} is told. */
export interface StackImagesArgs {
  readonly settings: Settings;
  /** Of the registry's user; needed for a registry by address only. */
  readonly registryPassword?: pulumi.Input<string> | undefined;
  /** Encrypts the stack's own repositories; see {@link EcrRegistryArgs}. */
  readonly kmsKeyArn?: pulumi.Input<string> | undefined;
  /** Of the stack's own repositories. */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Both images of a stack, and what a host may pull. */
export interface StackImages extends Readonly<Record<ImageName, DeployableImage>> {
  /** ARNs of the stack's own repositories in ECR; empty where it has none. */
  readonly repositoryArns: pulumi.Output<string[]>;
}

function registryOf(args: StackImagesArgs): Registry {
  const { settings, registryPassword, kmsKeyArn, tags } = args;
  const { registry, stack, host } = settings;
  switch (registry.kind) {
    case "none":
      return noRegistry();
    case "any":
      return anyRegistry({ ...registry, stack, password: registryPassword ?? "" });
    case "ecr":
      return new EcrRegistry("registry", {
        stack,
        protect: host.kind === "ec2" && host.protect,
        ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
        ...(tags === undefined ? {} : { tags }),
      });
  }
}

/** Both images as the settings want them: built and kept, built and pushed, or taken as they are. */
export function stackImages(args: StackImagesArgs): StackImages {
  const { stack, source, baseImages, prebuilt, host, builder } = args.settings;
  if (prebuilt !== undefined) {
    return {
      cognitod: new PrebuiltImage("cognitod", { reference: prebuilt.cognitod }),
      llama: new PrebuiltImage("llama", { reference: prebuilt.llama }),
      repositoryArns: pulumi.output([]),
    };
  }
  const registry = registryOf(args);
  const common: ImageArgs = {
    ...{ stack, baseImages, registry, builder },
    ...(host.kind === "ec2" ? { architecture: host.architecture } : {}),
  };
  return {
    cognitod: new CognitodImage("cognitod", { ...common, source }),
    llama: new LlamaImage("llama", common),
    repositoryArns: registry.repositoryArns,
  };
}
