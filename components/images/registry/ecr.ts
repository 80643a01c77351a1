import * as aws from "@pulumi/aws";
import type { types } from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";

import type { ImageName } from "../../services/service";
import { type BuildCache, type Registry, registryCache } from "./registry";

/** Arguments of {@link EcrRegistry}. */
export interface EcrRegistryArgs {
  readonly stack: string;
  /** Repositories and images survive the stack; otherwise they are deleted with it, images and all. */
  readonly protect: boolean;
  /** A customer-managed key that encrypts the images; ECR's own AES-256 key when left out. It can't be changed later. */
  readonly kmsKeyArn?: pulumi.Input<string>;
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Images that are kept of each repository: what runs, and enough to go back to. 0.10 USD a GB and month (2026-11). */
export const keptImages = 20;
/** Days that an image without a tag is kept: an overwritten cache, a push that broke off. */
export const keptUntaggedDays = 7;

const lifecycle = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: `untagged images go after ${keptUntaggedDays} days`,
      selection: {
        tagStatus: "untagged",
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: keptUntaggedDays,
      },
      action: { type: "expire" },
    },
    {
      rulePriority: 2,
      description: `the last ${keptImages} images stay`,
      selection: {
        tagStatus: "tagged",
        tagPatternList: ["*"],
        countType: "imageCountMoreThan",
        countNumber: keptImages,
      },
      action: { type: "expire" },
    },
  ],
});

/** Repositories of the stack's own in ECR: one an image, and one for the build cache. */
export class EcrRegistry extends pulumi.ComponentResource implements Registry {
  readonly pushes = true;
  readonly credentials: readonly types.input.RegistryArgs[];
  /** Without the cache's: a host has nothing to do there. */
  readonly repositoryArns: pulumi.Output<string[]>;
  /** Address of each repository by its last part. */
  readonly repositoryUrls: pulumi.Output<Record<ImageName | "cache", string>>;

  private readonly cacheUrl: pulumi.Output<string>;
  private readonly urls: Readonly<Record<ImageName, pulumi.Output<string>>>;

  constructor(
    private readonly prefix: string,
    private readonly args: EcrRegistryArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("linnix:image:EcrRegistry", prefix, {}, options);
    const cognitod = this.repositoryOf("cognitod", "IMMUTABLE");
    const llama = this.repositoryOf("llama", "IMMUTABLE");
    // A cache is one tag, written over by every build.
    const cache = this.repositoryOf("cache", "MUTABLE");

    this.urls = { cognitod: cognitod.repositoryUrl, llama: llama.repositoryUrl };
    this.cacheUrl = cache.repositoryUrl;
    this.credentials = [this.authorization(cognitod.repositoryUrl)];
    this.repositoryArns = pulumi.all([cognitod.arn, llama.arn]);
    this.repositoryUrls = pulumi.output({ ...this.urls, cache: this.cacheUrl });
    this.registerOutputs({ repositoryArns: this.repositoryArns, repositoryUrls: this.repositoryUrls });
  }

  repository(image: ImageName): pulumi.Output<string> {
    return this.urls[image];
  }

  cache(image: ImageName, architecture: string): BuildCache {
    return registryCache(pulumi.interpolate`${this.cacheUrl}:${image}-${architecture}`);
  }

  private repositoryOf(part: ImageName | "cache", imageTagMutability: string): aws.ecr.Repository {
    const { stack, protect, kmsKeyArn, tags } = this.args;
    const name = `linnix-${stack}/${part}`;
    const repository = new aws.ecr.Repository(
      `${this.prefix}-${part}`,
      {
        name,
        imageTagMutability,
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [
          kmsKeyArn === undefined ? { encryptionType: "AES256" } : { encryptionType: "KMS", kmsKey: kmsKeyArn },
        ],
        // Without it AWS refuses to delete a repository that holds images.
        forceDelete: !protect,
        tags: pulumi.output(tags ?? {}).apply((given) => ({ ...given, Name: name })),
      },
      { parent: this, retainOnDelete: protect },
    );
    new aws.ecr.LifecyclePolicy(
      `${this.prefix}-${part}-lifecycle`,
      { repository: repository.name, policy: lifecycle },
      // A repository that stays keeps its rule, or it would grow for ever.
      { parent: this, retainOnDelete: protect },
    );
    return repository;
  }

  /** A token of the provider's own account, good for 12 hours; docker-build sees no change in a new one. */
  private authorization(url: pulumi.Output<string>): types.input.RegistryArgs {
    const token = aws.ecr.getAuthorizationTokenOutput({}, { parent: this });
    return {
      address: url.apply((text) => text.split("/")[0] ?? text),
      username: token.userName,
      password: pulumi.secret(token.password),
    };
  }
}
