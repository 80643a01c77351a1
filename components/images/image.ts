import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";

import type { BaseImageSettings, BuildSpec } from "./build-spec";

/** Arguments of every image component. */
export interface ImageArgs {
  /** Goes into the local tag, so that stacks on one engine stay apart. */
  readonly stack: string;
  readonly baseImages: BaseImageSettings;
}

/** One image, built by BuildKit and known by its digest. */
export abstract class ImageComponent extends pulumi.ComponentResource {
  /** The image's digest: what is deployed. It changes when, and only when, the image's content does. */
  readonly digest: pulumi.Output<string>;
  /** The tag that it is listed under on the engine; for people, never for deploying. */
  readonly tag: pulumi.Output<string>;

  protected constructor(
    type: string,
    name: string,
    stack: string,
    build: BuildSpec,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, {}, options);
    const tag = `linnix/${build.image}:${stack}`;
    const named = Object.entries(build.contexts).map(([context, location]) => [context, { location }]);
    const built = new dockerBuild.Image(
      `${name}-build`,
      {
        tags: [tag],
        dockerfile: { location: `${build.folder}/Dockerfile` },
        context: { location: build.folder, named: Object.fromEntries(named) as Record<string, { location: string }> },
        buildArgs: { ...build.arguments },
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
