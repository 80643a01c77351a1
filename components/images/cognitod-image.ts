import type * as pulumi from "@pulumi/pulumi";

import type { Source } from "../settings";
import { type ImageArgs, ImageComponent, version } from "./image";

/** Arguments of {@link CognitodImage}. */
export interface CognitodImageArgs extends ImageArgs {
  readonly source: Source;
}

/** cognitod, its eBPF object and the preflight, built from source. */
export class CognitodImage extends ImageComponent {
  constructor(name: string, args: CognitodImageArgs, options?: pulumi.ComponentResourceOptions) {
    const { source, baseImages: bases } = args;
    super(
      "linnix:image:CognitodImage",
      name,
      "cognitod",
      args,
      {
        folder: "docker/cognitod",
        contexts: { linnix: source.location, ebpf: "ebpf", common: "docker/common" },
        arguments: {
          EBPF_BUILDER_IMAGE: bases.ebpfBuilder,
          RUST_BUILDER_IMAGE: bases.rustBuilder,
          PREFLIGHT_BUILDER_IMAGE: bases.preflightBuilder,
          RUNTIME_IMAGE: bases.runtime,
          BASE_NAME: bases.runtime,
          SOURCE_URL: source.kind === "sample" ? "sample" : undefined,
          REVISION: source.revision,
          VERSION: version,
        },
      },
      options,
    );
  }
}
