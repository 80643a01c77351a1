import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../services/service";
import { logGroupArgs } from "./logs";
import { logGroup } from "./names";
import type { Place } from "./place";
import { flowLogPolicy, trust } from "./service-policies";
import { type Ec2Stack, tags } from "./tags";

/** What is watched: a whole VPC, or one network interface in a VPC that isn't the stack's. */
export type Watched = { readonly vpcId: pulumi.Input<string> } | { readonly eniId: pulumi.Input<string> };

/** Arguments of {@link FlowLogs}. */
export interface FlowLogsArgs {
  readonly settings: Ec2Stack;
  readonly place: pulumi.Input<Place>;
  readonly watched: Watched;
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** Who talked to whom, accepted or refused, in ten-minute sums (CloudWatch bills what it takes in). */
export class FlowLogs extends pulumi.ComponentResource {
  /** The log group's name. */
  readonly group: pulumi.Output<string>;

  constructor(name: string, args: FlowLogsArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:FlowLogs", name, {}, options);
    const { settings, keyArn } = args;
    const { stack, host } = settings;
    const place = pulumi.output(args.place);
    const named = stackName(stack, "flow");
    const group = new aws.cloudwatch.LogGroup(
      `${name}-group`,
      logGroupArgs(settings, logGroup(stack, "flow"), keyArn),
      { parent: this, retainOnDelete: host.protect },
    );
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        namePrefix: `${named}-`,
        description: `Linnix flow logs, stack ${stack}`,
        assumeRolePolicy: place.apply(({ account }) => JSON.stringify(trust("vpc-flow-logs.amazonaws.com", account))),
        ...(host.permissionsBoundary === undefined ? {} : { permissionsBoundary: host.permissionsBoundary }),
        tags: tags(settings, named),
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: role.name, name: "ship", policy: place.apply((it) => JSON.stringify(flowLogPolicy(it, stack))) },
      { parent: this },
    );
    new aws.ec2.FlowLog(
      `${name}-log`,
      {
        ...args.watched,
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: group.arn,
        iamRoleArn: role.arn,
        maxAggregationInterval: 600,
        tags: tags(settings, named),
      },
      { parent: this, dependsOn: policy },
    );
    this.group = group.name;
    this.registerOutputs({ group: this.group });
  }
}
