import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { parameterNames, unwritten } from "../protocol";
import { type Ec2Stack, parameterPrefix, tags } from "../stack";

/** Arguments of {@link HostParameters}. */
export interface HostParametersArgs {
  readonly settings: Ec2Stack;
}

/**
 * The parameters that the host writes. The host is created after them, so they are deleted after it: a host that is still
 * running when its release is removed may write them once more.
 */
export class HostParameters extends pulumi.ComponentResource {
  /** The parameters' names. */
  readonly names: pulumi.Output<string[]>;

  constructor(name: string, { settings }: HostParametersArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:HostParameters", name, {}, options);
    const prefix = parameterPrefix(settings.stack);
    const { result, health } = parameterNames(prefix);
    const parameters = Object.entries({ result, health }).map(
      ([part, parameter]) =>
        new aws.ssm.Parameter(
          `${name}-${part}`,
          {
            name: parameter,
            type: "String",
            // A report may need more than a standard parameter's 4 KB.
            tier: "Intelligent-Tiering",
            value: unwritten,
            // The host may have written it before this resource existed.
            overwrite: true,
            tags: tags(settings, parameter.slice(parameterPrefix("").length)),
          },
          // The host decides about these; without it, each update would overwrite the report.
          { parent: this, ignoreChanges: ["value", "tier", "type"] },
        ),
    );
    this.names = pulumi.all(parameters.map((parameter) => parameter.name));
    this.registerOutputs({ names: this.names });
  }
}
