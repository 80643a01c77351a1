import type * as pulumi from "@pulumi/pulumi";

import { type ImageArgs, ImageComponent, version } from "./image";

/** llama-server on a slim base, with the program that fetches the model. The model itself is never in an image. */
export class LlamaImage extends ImageComponent {
  constructor(name: string, args: ImageArgs, options?: pulumi.ComponentResourceOptions) {
    const { baseImages: bases } = args;
    super(
      "linnix:image:LlamaImage",
      name,
      "llama",
      args,
      {
        folder: "docker/llama-cpp",
        contexts: { common: "docker/common" },
        arguments: {
          SERVER_IMAGE: bases.llamaServer,
          RUNTIME_IMAGE: bases.llamaRuntime,
          BASE_NAME: bases.llamaRuntime,
          REVISION: bases.llamaServer,
          VERSION: version,
        },
      },
      options,
    );
  }
}
