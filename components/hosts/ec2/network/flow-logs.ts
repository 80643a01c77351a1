import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { adopted } from "../../../adopted";
import { stackName } from "../../../services/service";
import { logGroupArgs } from "../monitoring/logs";
import { type AwsScope, type Ec2Stack, arn, logGroup, tags } from "../stack";
import { type PolicyDocument, policy, trust } from "../policy";

/** Allows writing flow logs to their group and nowhere else. */
export function flowLogPolicy(scope: AwsScope, stack: string): PolicyDocument {
  return policy(
    {
      Sid: "Ship",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: [arn(scope, "logs", `log-group:${logGroup(stack, "flow")}:*`)],
    },
    // The service lists groups to find its own, and AWS cannot limit a list to one group.
    { Sid: "Find", Effect: "Allow", Action: ["logs:DescribeLogGroups"], Resource: ["*"] },
  );
}

/** The logged traffic: of a whole VPC, or of one network interface in a VPC that is not the stack's. */
export type Watched = { readonly vpcId: pulumi.Input<string> } | { readonly eniId: pulumi.Input<string> };

/** Arguments of {@link FlowLogs}. */
export interface FlowLogsArgs {
  readonly settings: Ec2Stack;
  readonly scope: pulumi.Input<AwsScope>;
  readonly watched: Watched;
  readonly keyArn?: pulumi.Input<string> | undefined;
  /** Names of log groups that exist already. */
  readonly existing?: ReadonlySet<string> | undefined;
}

/**
 * Accepted and rejected connections in sums of a minute or less, which is what AWS makes for hosts on Nitro whatever interval is
 * set (CloudWatch bills the ingested bytes).
 */
export class FlowLogs extends pulumi.ComponentResource {
  /** The log group's name. */
  readonly group: pulumi.Output<string>;

  constructor(name: string, args: FlowLogsArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:FlowLogs", name, {}, options);
    const { settings, keyArn, existing } = args;
    const { stack, host } = settings;
    const scope = pulumi.output(args.scope);
    const named = stackName(stack, "flow");
    const group = new aws.cloudwatch.LogGroup(
      `${name}-group`,
      logGroupArgs(settings, logGroup(stack, "flow"), keyArn),
      { parent: this, retainOnDelete: host.protect, ...adopted(existing, logGroup(stack, "flow")) },
    );
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        namePrefix: `${named}-`,
        description: `Linnix flow logs, stack ${stack}`,
        assumeRolePolicy: scope.apply(({ account }) => JSON.stringify(trust("vpc-flow-logs.amazonaws.com", account))),
        ...(host.permissionsBoundary === undefined ? {} : { permissionsBoundary: host.permissionsBoundary }),
        tags: tags(settings, named),
      },
      { parent: this },
    );
    const rights = new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: role.name, name: "ship", policy: scope.apply((it) => JSON.stringify(flowLogPolicy(it, stack))) },
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
      { parent: this, dependsOn: rights },
    );
    this.group = group.name;
    this.registerOutputs({ group: this.group });
  }
}
