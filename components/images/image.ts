import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";

import { defined } from "../defined";
import type { ImageName } from "../services/service";
import type { Architecture } from "../settings/ec2/types";
import type { BuildSpec } from "./build-spec";
import { explainFailure } from "./failed-build";
import { noRegistry } from "./registry/none";
import type { Registry } from "./registry/registry";
import { stackTags } from "./tags";

/** An image that a host can run: built by this stack, or prebuilt. */
export interface DeployableImage {
  /** `sha256:…`; changes when, and only when, the image's content changes. */
  readonly digest: pulumi.Output<string>;
  /** What is deployed, never a tag: `repository@sha256:…`, or the digest alone if the image stays on its engine. */
  readonly reference: pulumi.Output<string>;
}

/** Arguments of {@link BuiltImage}. */
export interface ImageArgs {
  /** Part of the names of tags and repositories, so that stacks do not share any. */
  readonly stack: string;
  readonly build: BuildSpec;
  /** Where the image is pushed; by default it stays on the engine that builds it. */
  readonly registry?: Registry;
  /** The architecture that it runs on; the engine's own by default. Another one is cross-compiled. */
  readonly architecture?: Architecture;
  /**
   * Name of the buildx builder; by default `default`, the engine's own BuildKit. Every engine has that one, and it starts
   * at once, but it stores no cache in a registry unless the engine uses containerd's image store. Any other builder does
   * (`docker buildx create --name ci --driver docker-container`, which pulls an image to run in): worth it where every
   * build starts on a new machine.
   */
  readonly builder?: string;
}

/** The engine's own builder. */
const engineBuilder = "default";

/** Type tokens, part of the URNs in every stack's state. */
const typeTokens: Readonly<Record<ImageName, string>> = {
  cognitod: "linnix:image:CognitodImage",
  llama: "linnix:image:LlamaImage",
};

/** What docker-build compares on every update, except for the tags. */
function buildInputs({ build, architecture, builder = engineBuilder }: ImageArgs) {
  const named = Object.entries(build.contexts).map(([context, location]) => [context, { location }]);
  return {
    dockerfile: { location: `${build.folder}/Dockerfile` },
    context: { location: build.folder, named: Object.fromEntries(named) as Record<string, { location: string }> },
    buildArgs: { ...build.arguments },
    ...defined({ platforms: architecture && [`linux/${architecture}` as dockerBuild.Platform] }),
    // Through the engine's CLI: the plugin alone can't use the engine's BuildKit.
    exec: true,
    builder: { name: builder },
  };
}

/** One image, built by BuildKit and identified by its digest. */
export class BuiltImage extends pulumi.ComponentResource implements DeployableImage {
  readonly digest: pulumi.Output<string>;
  readonly reference: pulumi.Output<string>;
  /** The tag that it is listed under, on the engine or in the registry; for people, never for deploying. */
  readonly tag: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, options?: pulumi.ComponentResourceOptions) {
    super(typeTokens[args.build.image], name, {}, options);
    const { registry = noRegistry() } = args;
    const repository = registry.repository(args.build.image);
    const tags = (registry.pushes ? stackTags(args.build, args.architecture ?? "native") : [args.stack]).map(
      (tag) => pulumi.interpolate`${repository}:${tag}`,
    );
    const built = builtImage(`${name}-build`, args, registry, tags, this);
    this.digest = builtDigest(built);
    this.reference = registry.pushes ? pulumi.interpolate`${repository}@${this.digest}` : this.digest;
    this.tag = pulumi.output(tags).apply(([first = ""]) => first);
    this.registerOutputs({ digest: this.digest, reference: this.reference, tag: this.tag });
  }
}

/**
 * The digest, unknown while only an update can know it: for an image that is to be built again, the provider's answer to a
 * preview is empty. All that is made of it would be wrong then, the release's hash among others.
 */
function builtDigest({ digest }: dockerBuild.Image): pulumi.Output<string> {
  return digest.apply((known) => (known === "" ? pulumi.output(unknown as unknown as string) : pulumi.output(known)));
}

function builtImage(
  name: string,
  args: ImageArgs,
  registry: Registry,
  tags: pulumi.Output<string>[],
  parent: pulumi.Resource,
): dockerBuild.Image {
  const { build, architecture = "native", builder = engineBuilder } = args;
  return new dockerBuild.Image(
    name,
    {
      ...buildInputs(args),
      tags,
      load: !registry.pushes,
      push: registry.pushes,
      ...defined({ registries: registry.credentials.length === 0 ? undefined : [...registry.credentials] }),
      ...(builder === engineBuilder ? {} : registry.cache(build.image, architecture)),
      // A build during a preview would load or push an image; comparing the inputs shows the change.
      buildOnPreview: false,
    },
    // Destroying a stack leaves its images: on a local engine they are the build cache of the next stack (`npm stop --
    // --purge` removes them), and the registry's own rules decide about pushed ones.
    { parent, retainOnDelete: true, ...explainFailure(`${name}-failed`, build, args.architecture) },
  );
}
