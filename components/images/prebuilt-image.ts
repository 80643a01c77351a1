import * as pulumi from "@pulumi/pulumi";

import type { DeployableImage } from "./image";

/** Arguments of {@link PrebuiltImage}. */
export interface PrebuiltImageArgs {
  /** `repository@sha256:…`; validated with the other settings. */
  readonly reference: string;
}

/**
 * An existing image, used as it is: nothing is built, pushed or registered. A component without children, because its URN
 * is in the state of stacks that use `linnix:images`.
 */
export class PrebuiltImage extends pulumi.ComponentResource implements DeployableImage {
  readonly digest: pulumi.Output<string>;
  readonly reference: pulumi.Output<string>;

  constructor(name: string, { reference }: PrebuiltImageArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:image:PrebuiltImage", name, {}, options);
    this.reference = pulumi.output(reference);
    this.digest = pulumi.output(reference.replace(/^.*@/, ""));
    this.registerOutputs({ digest: this.digest, reference: this.reference });
  }
}
