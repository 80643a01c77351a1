import type * as pulumi from "@pulumi/pulumi";

import { llamaBuild } from "./build-spec";
import { type ImageArgs, ImageComponent } from "./image";

/** llama-server on a slim base, with the program that fetches the model. */
export class LlamaImage extends ImageComponent {
  constructor(name: string, args: ImageArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:image:LlamaImage", name, args, llamaBuild(args.baseImages), options);
  }
}
