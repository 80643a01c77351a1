/** Where images are pushed when they are built, and where hosts pull them from: one interface, three kinds. */
import type { types } from "@pulumi/docker-build";
import type * as pulumi from "@pulumi/pulumi";

import type { ImageName } from "../../services/service";

/**
 * Begins every tag that this program pushes. Such a tag is made from the image's content, so it may be pushed again: after a
 * change was reverted, a push was interrupted, or the state was lost. A registry may refuse to overwrite any other tag.
 */
export const contentTagPrefix = "content-";

/** Where the build cache of one image is stored, in docker-build's terms. */
export interface BuildCache {
  readonly cacheFrom: types.input.CacheFromArgs[];
  readonly cacheTo: types.input.CacheToArgs[];
}

/** What a host needs to pull images. Which parts exist is known before anything is created. */
export interface PullAccess {
  /**
   * Address (without a path) and user to log in with; the password is the secret `registry-password`. Absent where no
   * login is needed, and for ECR, which authenticates a host by its role.
   */
  readonly login?: { readonly address: string; readonly user: string };
  /** TCP ports of the registries. */
  readonly ports: readonly number[];
  /** ECR repositories that the host's role must be allowed to pull from; empty for other registries. */
  readonly repositoryArns: readonly pulumi.Output<string>[];
}

/** Stores images. */
export interface Registry {
  /** True if images are pushed. Otherwise they stay on the engine that built them, and only that engine can run them. */
  readonly pushes: boolean;
  /** An image's repository, with the registry's address and without a tag. */
  repository(image: ImageName): pulumi.Output<string>;
  /** User and (secret) password for the build; empty if nothing is pushed. */
  readonly credentials: readonly types.input.RegistryArgs[];
  /** Where the build cache is stored, one tag per image and architecture; undefined if nothing is pushed. */
  cache(image: ImageName, architecture: string): BuildCache | undefined;
  /** The host's view of this registry. */
  readonly pull: PullAccess;
}

/**
 * Cache in a registry. `mode: max` stores the layers of every stage: the last stage alone, which only copies from the
 * others, would save nothing. An image manifest with OCI's media types is the only form that ECR accepts, and others
 * accept it too. A failure to write the cache (a full quota, for example) must not fail a build that succeeded.
 */
export function registryCache(ref: pulumi.Input<string>): BuildCache {
  return {
    cacheFrom: [{ registry: { ref } }],
    cacheTo: [{ registry: { ref, mode: "max", imageManifest: true, ociMediaTypes: true, ignoreError: true } }],
  };
}
