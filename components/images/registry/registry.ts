/** Where images go when they are built, and where hosts pull them from: one interface, three kinds. */
import type { types } from "@pulumi/docker-build";
import type * as pulumi from "@pulumi/pulumi";

import type { ImageName } from "../../services/service";

/** Where the build cache of one image is kept, as docker-build takes it. */
export interface BuildCache {
  readonly cacheFrom: types.input.CacheFromArgs[];
  readonly cacheTo: types.input.CacheToArgs[];
}

/** Takes images, and hands them out. */
export interface Registry {
  /** Whether images are pushed. Otherwise they stay on the engine that built them, and only that one can run them. */
  readonly pushes: boolean;
  /** An image's repository, with the registry's address and without a tag. */
  repository(image: ImageName): pulumi.Output<string>;
  /** User and (secret) password for the build; empty where nothing is pushed. */
  readonly credentials: readonly types.input.RegistryArgs[];
  /** Where the build cache is kept, one tag an image and architecture; nothing where nothing is pushed. */
  cache(image: ImageName, architecture: string): BuildCache | undefined;
  /** ARNs of the repositories that a host pulls from; empty unless they are in ECR. */
  readonly repositoryArns: pulumi.Output<string[]>;
}

/**
 * Cache in a registry. `mode: max` keeps the layers of every stage: the last one alone, which is copied from the others,
 * would save nothing. An image manifest of OCI's types is the only form that ECR takes, and others take it too. A cache that
 * can't be written (a full quota, say) must not fail a build that is otherwise done.
 */
export function registryCache(ref: pulumi.Input<string>): BuildCache {
  return {
    cacheFrom: [{ registry: { ref } }],
    cacheTo: [{ registry: { ref, mode: "max", imageManifest: true, ociMediaTypes: true, ignoreError: true } }],
  };
}
