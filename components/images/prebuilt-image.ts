import * as pulumi from "@pulumi/pulumi";

import type { DeployableImage } from "./image";

/** Arguments of {@link PrebuiltImage}. */
export interface PrebuiltImageArgs {
  /** `repository@sha256:…`; judged with the other settings. */
  readonly reference: string;
}

/** An image that is taken as it is: nothing is built, pushed or registered. */
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
