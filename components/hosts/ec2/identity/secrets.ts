import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { SecretReference } from "../protocol";
import { type SecretName, secretNames } from "../../../services/secrets";
import { type Ec2Stack, parameterPrefix, secretParameter, tags } from "../stack";

/** Arguments of {@link SecretParameters}. */
export interface SecretParametersArgs {
  readonly settings: Ec2Stack;
  /** Secrets by name; each has a parameter. */
  readonly secrets: Readonly<Partial<Record<SecretName, pulumi.Input<string>>>>;
  /** The key that encrypts them. Default: AWS's own. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** The stack's secrets as encrypted parameters, which its host reads. */
export class SecretParameters extends pulumi.ComponentResource {
  /** Parameter and version of each secret: a changed secret is a changed reference. */
  readonly references: pulumi.Output<Record<string, SecretReference>>;

  constructor(name: string, args: SecretParametersArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:SecretParameters", name, {}, options);
    const { settings, secrets, keyArn } = args;
    const references: Record<string, pulumi.Output<SecretReference>> = {};
    for (const secret of secretNames) {
      const value = secrets[secret];
      if (value === undefined) continue;
      const parameter = secretParameter(settings.stack, secret);
      const { version } = new aws.ssm.Parameter(
        `${name}-${secret}`,
        {
          name: parameter,
          type: "SecureString",
          value,
          ...(keyArn === undefined ? {} : { keyId: keyArn }),
          // An update may be killed after AWS has created the parameter and before Pulumi has recorded it.
          overwrite: true,
          tags: tags(settings, parameter.slice(parameterPrefix("").length)),
        },
        { parent: this },
      );
      references[secret] = version.apply((number) => ({ parameter, version: number }));
    }
    this.references = pulumi.all(references);
    this.registerOutputs({ references: this.references });
  }
}
