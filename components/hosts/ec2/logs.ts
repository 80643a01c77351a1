import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { type LogPart, logGroup } from "./names";
import { type Ec2Stack, tags } from "./tags";

/** Arguments of {@link Logs}. */
export interface LogsArgs {
  readonly settings: Ec2Stack;
  /** The key that logs are encrypted with; left out: AWS's own. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** What every log group of a stack has in common. */
export function logGroupArgs(settings: Ec2Stack, name: string, keyArn?: pulumi.Input<string>) {
  return {
    name,
    retentionInDays: settings.host.logDays,
    ...(keyArn === undefined ? {} : { kmsKeyId: keyArn }),
    tags: tags(settings, name.slice(1).replaceAll("/", "-")),
  };
}

/** One log group for each service, and one for the system. The host ships into them and can't make others. */
export class Logs extends pulumi.ComponentResource {
  /** The groups' names, by what is in them. */
  readonly groups: pulumi.Output<Record<LogPart, string>>;

  constructor(name: string, { settings, keyArn }: LogsArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Logs", name, {}, options);
    const group = (part: LogPart) =>
      new aws.cloudwatch.LogGroup(`${name}-${part}`, logGroupArgs(settings, logGroup(settings.stack, part), keyArn), {
        parent: this,
        retainOnDelete: settings.host.protect,
      }).name;
    this.groups = pulumi.output({ cognitod: group("cognitod"), llama: group("llama"), system: group("system") });
    this.registerOutputs({ groups: this.groups });
  }
}
