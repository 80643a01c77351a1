import type * as pulumi from "@pulumi/pulumi";

import type { Source } from "../settings";
import { cognitodBuild } from "./build-spec";
import { type ImageArgs, ImageComponent } from "./image";

/** Arguments of {@link CognitodImage}. */
export interface CognitodImageArgs extends ImageArgs {
  readonly source: Source;
}

/** cognitod, its eBPF object and the preflight, built from source. */
export class CognitodImage extends ImageComponent {
  constructor(name: string, args: CognitodImageArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:image:CognitodImage", name, args, cognitodBuild(args.source, args.baseImages), options);
  }
}
