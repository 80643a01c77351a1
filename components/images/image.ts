import * as fs from "node:fs";

import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";

import type { Architecture } from "../settings/ec2";
import { type BaseImageSettings, type BuildSpec, version } from "./build-spec";
import { contentHash, contextFiles, ignoredNames } from "./content";
import { noRegistry } from "./registry/none";
import type { Registry } from "./registry/registry";

/** An image that a host can run: built by this stack or taken as it is. */
export interface DeployableImage {
  /** `sha256:…`; changes when, and only when, the image's content does. */
  readonly digest: pulumi.Output<string>;
  /** What is deployed, never a tag: `repository@sha256:…`, or the digest alone where the image stays on its engine. */
  readonly reference: pulumi.Output<string>;
}

/** Arguments of every image component. */
export interface ImageArgs {
  /** Goes into the names of tags and repositories, so that stacks stay apart. */
  readonly stack: string;
  readonly baseImages: BaseImageSettings;
  /** Where it is pushed to; left out, it stays on the engine that builds it. */
  readonly registry?: Registry;
  /** What it runs on; the engine's own architecture when left out. Another one is cross-compiled. */
  readonly architecture?: Architecture;
  /**
   * Which buildx builder builds: by name; `default`, the engine's own BuildKit, when left out. That one is there wherever
   * an engine is, and starts at once, but it keeps no cache in a registry unless the engine has containerd's image store.
   * Any other (`docker buildx create --name ci --driver docker-container`, which pulls an image to run in) does: that pays
   * where every build starts on a new machine.
   */
  readonly builder?: string;
}

/** The engine's own builder. */
const engineBuilder = "default";

/** What docker-build compares on every update, but for the tags. */
function buildInputs(build: BuildSpec, { architecture, builder = engineBuilder }: ImageArgs) {
  const named = Object.entries(build.contexts).map(([context, location]) => [context, { location }]);
  return {
    dockerfile: { location: `${build.folder}/Dockerfile` },
    context: { location: build.folder, named: Object.fromEntries(named) as Record<string, { location: string }> },
    buildArgs: { ...build.arguments },
    ...(architecture === undefined ? {} : { platforms: [`linux/${architecture}` as dockerBuild.Platform] }),
    // Through the engine's CLI: the plugin on its own can't use the engine's BuildKit.
    exec: true,
    builder: { name: builder },
  };
}

/**
 * Tags of a pushed image. ECR refuses a second push of a tag, be it of the same image; so both are made of the version and
 * of everything that makes docker-build build again. A plain `0.1.0` would be refused with the first change of a line.
 */
export function pushedTags(build: BuildSpec, args: ImageArgs): string[] {
  const ignoreFile = `${build.folder}/.dockerignore`;
  const ignored = ignoredNames(fs.readFileSync(ignoreFile, "utf8"), ignoreFile);
  const folders = Object.entries({ ...build.contexts, "": build.folder }).filter(([, place]) => fs.existsSync(place));
  const files = Object.fromEntries(folders.map(([name, place]) => [name, contextFiles(place, ignored)]));
  const hash = contentHash(buildInputs(build, args), files);
  return [`${version}-${hash.slice(0, 12)}`, `content-${hash.slice(0, 32)}`];
}

/** One image, built by BuildKit and known by its digest. */
export abstract class ImageComponent extends pulumi.ComponentResource implements DeployableImage {
  readonly digest: pulumi.Output<string>;
  readonly reference: pulumi.Output<string>;
  /** The tag that it is listed under, on the engine or in the registry; for people, never for deploying. */
  readonly tag: pulumi.Output<string>;

  protected constructor(
    type: string,
    name: string,
    args: ImageArgs,
    build: BuildSpec,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, {}, options);
    const { registry = noRegistry(), architecture = "native", builder = engineBuilder } = args;
    const repository = registry.repository(build.image);
    const tags = (registry.pushes ? pushedTags(build, args) : [args.stack]).map(
      (tag) => pulumi.interpolate`${repository}:${tag}`,
    );
    const built = new dockerBuild.Image(
      `${name}-build`,
      {
        ...buildInputs(build, args),
        tags,
        load: !registry.pushes,
        push: registry.pushes,
        ...(registry.credentials.length === 0 ? {} : { registries: [...registry.credentials] }),
        ...(builder === engineBuilder ? {} : registry.cache(build.image, architecture)),
        // A build in a preview would load or push an image; the change is seen by comparing inputs.
        buildOnPreview: false,
      },
      // Destroying a stack leaves its images: locally they are the build cache of the next one (`npm stop -- --purge`
      // removes them), and what becomes of a repository's is the registry's to say.
      { parent: this, retainOnDelete: true },
    );
    this.digest = built.digest;
    this.reference = registry.pushes ? pulumi.interpolate`${repository}@${built.digest}` : built.digest;
    this.tag = pulumi.output(tags).apply(([first = ""]) => first);
    this.registerOutputs({ digest: this.digest, reference: this.reference, tag: this.tag });
  }
}
