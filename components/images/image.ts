import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";

import type { ImageName } from "../services/service";

/** What an image is made from. Every path is relative to the project's folder. */
export interface BuildSpec {
  /** The folder with the Dockerfile: the primary build context. */
  readonly folder: string;
  /** Further build contexts by name: a folder, or a git URL with a commit. */
  readonly contexts?: Readonly<Record<string, string>>;
  /** Build arguments; those without a value keep the Dockerfile's default. */
  readonly arguments: Readonly<Record<string, string | undefined>>;
}

/** Arguments of every image component. */
export interface ImageArgs {
  /** Goes into the local tag, so that stacks on one engine stay apart. */
  readonly stack: string;
  /** Base images by name; what is left out keeps the Dockerfile's pinned default. */
  readonly baseImages: Readonly<Record<string, string>>;
}

/** The project's own version, for the images' labels. */
export const version = "0.1.0";

/** One image, built by BuildKit and known by its digest. */
export abstract class ImageComponent extends pulumi.ComponentResource {
  /** The image's digest: what is deployed. It changes when, and only when, the image's content does. */
  readonly digest: pulumi.Output<string>;
  /** The tag that it is listed under on the engine; for people, never for deploying. */
  readonly tag: pulumi.Output<string>;

  protected constructor(
    type: string,
    name: string,
    image: ImageName,
    args: ImageArgs,
    build: BuildSpec,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, {}, options);
    const tag = `linnix/${image}:${args.stack}`;
    const built = new dockerBuild.Image(
      `${name}-build`,
      {
        tags: [tag],
        dockerfile: { location: `${build.folder}/Dockerfile` },
        context: {
          location: build.folder,
          named: Object.fromEntries(
            Object.entries(build.contexts ?? {}).map(([context, location]) => [context, { location }]),
          ),
        },
        buildArgs: Object.fromEntries(
          Object.entries(build.arguments).filter((entry): entry is [string, string] => entry[1] !== undefined),
        ),
        // The engine's own BuildKit, reached through its CLI: other builders would pull an image to run in.
        exec: true,
        builder: { name: "default" },
        load: true,
        push: false,
        // A build in a preview would load an image; the change is seen by comparing inputs.
        buildOnPreview: false,
      },
      // Destroying a stack leaves its images: they are the build cache of the next one. `npm stop -- --purge` removes them.
      { parent: this, retainOnDelete: true },
    );
    this.digest = built.digest;
    this.tag = pulumi.output(tag);
    this.registerOutputs({ digest: this.digest, tag: this.tag });
  }
}
