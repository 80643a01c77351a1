import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { SecretReference } from "../../services/desired-state";
import { secretNames, secretParameter } from "./names";
import { type SecretName, parameterPrefix } from "./services";
import { type Ec2Stack, tags } from "./tags";

/** Arguments of {@link SecretParameters}. */
export interface SecretParametersArgs {
  readonly settings: Ec2Stack;
  /** Secrets by name; what is left out has no parameter. */
  readonly secrets: Readonly<Partial<Record<SecretName, pulumi.Input<string>>>>;
  /** The key that they are encrypted with; left out: AWS's own. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** The stack's secrets where its host can read them: encrypted, one parameter each. */
export class SecretParameters extends pulumi.ComponentResource {
  /** Where each secret is, and in which version: a changed secret is a changed reference. */
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
          // An update that was killed after AWS had made the parameter and before Pulumi had written it down goes on.
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
