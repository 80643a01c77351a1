import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { adopted } from "../../../adopted";
import { byService, type PerService } from "../../../services/catalogue";
import { type Ec2Stack, type Ec2StackSettings, logGroup, type LogPart, tags } from "../stack";

/** Arguments of {@link Logs}. */
export interface LogsArgs {
  readonly settings: Ec2Stack & Pick<Ec2StackSettings, "services">;
  /** The key that encrypts the logs. Default: AWS's own. */
  readonly keyArn?: pulumi.Input<string> | undefined;
  /** Names of groups that exist already, and are taken over with their logs. */
  readonly existing?: ReadonlySet<string> | undefined;
}

/** Arguments of a log group of this stack. */
export function logGroupArgs(settings: Ec2Stack, name: string, keyArn?: pulumi.Input<string>) {
  return {
    name,
    retentionInDays: settings.host.logDays,
    ...(keyArn === undefined ? {} : { kmsKeyId: keyArn }),
    tags: tags(settings, name.slice(1).replaceAll("/", "-")),
  };
}

/** A log group for each service that the stack runs, and one for the system. The host writes to them and can't create others. */
export class Logs extends pulumi.ComponentResource {
  /** The groups' names. */
  readonly groups: pulumi.Output<PerService<string> & { readonly system: string }>;

  constructor(name: string, { settings, keyArn, existing }: LogsArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Logs", name, {}, options);
    const group = (part: LogPart) => {
      const named = logGroup(settings.stack, part);
      return new aws.cloudwatch.LogGroup(`${name}-${part}`, logGroupArgs(settings, named, keyArn), {
        parent: this,
        retainOnDelete: settings.host.protect,
        ...adopted(existing, named),
      }).name;
    };
    this.groups = pulumi.output({ ...byService(settings.services, group), system: group("system") });
    this.registerOutputs({ groups: this.groups });
  }
}
