import * as aws from "@pulumi/aws";
import type { types } from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";

import { adopted } from "../../adopted";
import { type PerService, type ServiceName, byService, mapServices, serviceNames } from "../../services/catalogue";
import type { ImageName } from "../../services/service";
import { required } from "../../settings/required";
import { type BuildCache, type PullAccess, type Registry, contentTagPrefix, registryCache } from "./registry";

/** Arguments of {@link EcrRegistry}. */
export interface EcrRegistryArgs {
  readonly stack: string;
  /** The services that have images; all by default. */
  readonly services?: readonly ServiceName[];
  /** Repositories and images outlive the stack; otherwise `pulumi destroy` deletes both. */
  readonly protect: boolean;
  /** Names of repositories that exist already, and are taken over with their images. */
  readonly existing?: ReadonlySet<string> | undefined;
  /** A customer-managed key that encrypts the images; ECR's own AES-256 key by default. It can't be changed later. */
  readonly kmsKeyArn?: pulumi.Input<string> | undefined;
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/** Images kept in each repository: the running one, and enough to roll back to. 0.10 USD per GB and month (2026-11). */
const keptImages = 20;
/** Days that an image without a tag is kept: an overwritten cache, an interrupted push. */
const keptUntaggedDays = 7;

/**
 * Tags of releases, which people push by hand, never move. ECR refuses a second push of an immutable tag even with the
 * same image, so content tags are excluded: a reverted change and a repeated push must succeed.
 */
export const imageTags = {
  imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
  imageTagMutabilityExclusionFilters: [{ filter: `${contentTagPrefix}*`, filterType: "WILDCARD" }],
};

/** The cache is one tag per image, which every build overwrites. */
const cacheTags = { imageTagMutability: "MUTABLE" };

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

/**
 * The stack's own repositories in ECR: one per image, and one for the build cache.
 *
 * @public Loaded by `require`, only where it is used, which knip does not follow.
 */
export class EcrRegistry extends pulumi.ComponentResource implements Registry {
  readonly pushes = true;
  readonly credentials: readonly types.input.RegistryArgs[];
  readonly pull: PullAccess;
  /** Without the cache's repository, which a host never reads. */
  readonly repositoryArns: pulumi.Output<string[]>;
  /** Address of each repository by its last part. */
  readonly repositoryUrls: pulumi.Output<PerService<string> & { readonly cache: string }>;

  private readonly urls: PerService<pulumi.Output<string>> & { readonly cache: pulumi.Output<string> };

  constructor(name: string, args: EcrRegistryArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:image:EcrRegistry", name, {}, options);
    const images = byService(args.services ?? serviceNames, (image) =>
      ecrRepository(name, image, imageTags, args, this),
    );
    const cache = ecrRepository(name, "cache", cacheTags, args, this);

    const arns = Object.values(images).map(({ arn }) => arn);
    this.urls = { ...mapServices(images, ({ repositoryUrl }) => repositoryUrl), cache: cache.repositoryUrl };
    this.credentials = [authorization(images.cognitod.repositoryUrl, this)];
    this.pull = { ports: [443], repositoryArns: arns };
    this.repositoryArns = pulumi.all(arns);
    this.repositoryUrls = pulumi.output(this.urls);
    this.registerOutputs({ repositoryArns: this.repositoryArns, repositoryUrls: this.repositoryUrls });
  }

  repository(image: ImageName): pulumi.Output<string> {
    return required(this.urls[image], `repository ${image}`);
  }

  cache(image: ImageName, architecture: string): BuildCache {
    return registryCache(pulumi.interpolate`${this.urls.cache}:${image}-${architecture}`);
  }
}

function ecrRepository(
  prefix: string,
  part: ImageName | "cache",
  tagMutability: typeof imageTags | typeof cacheTags,
  { stack, protect, existing, kmsKeyArn, tags }: EcrRegistryArgs,
  parent: pulumi.Resource,
): aws.ecr.Repository {
  const name = `linnix-${stack}/${part}`;
  const repository = new aws.ecr.Repository(
    `${prefix}-${part}`,
    {
      name,
      ...tagMutability,
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [
        kmsKeyArn === undefined ? { encryptionType: "AES256" } : { encryptionType: "KMS", kmsKey: kmsKeyArn },
      ],
      // Without it AWS refuses to delete a repository that contains images.
      forceDelete: !protect,
      tags: pulumi.output(tags ?? {}).apply((all) => ({ ...all, Name: name })),
    },
    { parent, retainOnDelete: protect, ...adopted(existing, name) },
  );
  new aws.ecr.LifecyclePolicy(
    `${prefix}-${part}-lifecycle`,
    { repository: repository.name, policy: lifecycle },
    // A retained repository keeps its policy, or it would grow without limit.
    { parent, retainOnDelete: protect },
  );
  return repository;
}

/** A token of the provider's own account, valid for 12 hours; docker-build treats a new one as no change. */
function authorization(url: pulumi.Output<string>, parent: pulumi.Resource): types.input.RegistryArgs {
  const token = aws.ecr.getAuthorizationTokenOutput({}, { parent });
  return {
    address: url.apply((text) => text.split("/")[0] ?? text),
    username: token.userName,
    password: pulumi.secret(token.password),
  };
}
