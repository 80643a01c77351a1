import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../../services/service";
import { type AlarmSpec, alarmTable, dimensions } from "./alarm-table";
import { type PolicyDocument, policy } from "../policy";
import { type AwsScope, type Ec2Stack, tags } from "../stack";

/** Arguments of {@link Alarms}. */
export interface AlarmsArgs {
  readonly settings: Ec2Stack;
  readonly scope: pulumi.Input<AwsScope>;
  readonly instanceId: pulumi.Input<string>;
  /**
   * The key that encrypts the topic. Default: SNS encrypts its own disks. Not AWS's key for SNS (alias/aws/sns), which
   * alarms may not use: their messages would be lost without an error.
   */
  readonly keyArn?: pulumi.Input<string> | undefined;
  /**
   * People are subscribed only once it exists. A host without a healthy release is rightly in alarm, and an alarm notifies
   * when its state changes: whoever subscribes after the first release gets no mail about the time before it.
   */
  readonly firstRelease: pulumi.Resource;
}

/** Allows alarms of this account to publish. IAM decides who may subscribe. */
export function topicPolicy(topicArn: string, account: string): PolicyDocument {
  return policy({
    Sid: "Alarms",
    Effect: "Allow",
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: ["sns:Publish"],
    Resource: [topicArn],
    Condition: { StringEquals: { "aws:SourceAccount": account } },
  });
}

/** The stack's alarms, what EC2 does by itself on some of them, and a topic that notifies people. */
export class Alarms extends pulumi.ComponentResource {
  /** The alarms' names. */
  readonly names: pulumi.Output<string[]>;
  /** ARNs, for the dashboard. */
  readonly arns: pulumi.Output<string[]>;
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: AlarmsArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Alarms", name, {}, options);
    const topic = alarmTopic(name, args, this);
    const alarms = alarmTable(args.settings.host.instanceType).map((spec) =>
      metricAlarm(name, { ...args, spec, topicArn: topic.arn }, this),
    );
    this.names = pulumi.all(alarms.map(({ name }) => name));
    this.arns = pulumi.all(alarms.map(({ arn }) => arn));
    this.topicArn = topic.arn;
    this.registerOutputs({ names: this.names, arns: this.arns, topicArn: this.topicArn });
  }
}

/** The topic with its policy, and a subscription for each address. */
function alarmTopic(name: string, args: AlarmsArgs, parent: pulumi.Resource): aws.sns.Topic {
  const { settings, scope, keyArn, firstRelease } = args;
  const topicName = stackName(settings.stack, "alarms");
  const topic = new aws.sns.Topic(
    `${name}-topic`,
    {
      name: topicName,
      ...(keyArn === undefined ? {} : { kmsMasterKeyId: keyArn }),
      tags: tags(settings, topicName),
    },
    { parent },
  );
  new aws.sns.TopicPolicy(
    `${name}-speakers`,
    {
      arn: topic.arn,
      policy: pulumi.all([topic.arn, scope]).apply(([arn, { account }]) => JSON.stringify(topicPolicy(arn, account))),
    },
    { parent },
  );
  for (const address of settings.host.alarmEmails) {
    new aws.sns.TopicSubscription(
      `${name}-mail-${address}`,
      { topic: topic.arn, protocol: "email", endpoint: address },
      { parent, dependsOn: firstRelease },
    );
  }
  return topic;
}

interface MetricAlarmArgs extends AlarmsArgs {
  readonly spec: AlarmSpec;
  readonly topicArn: pulumi.Input<string>;
}

function metricAlarm(name: string, args: MetricAlarmArgs, parent: pulumi.Resource): aws.cloudwatch.MetricAlarm {
  const { settings, spec, topicArn } = args;
  const alarmName = stackName(settings.stack, spec.name);
  const { action } = spec;
  const actions =
    action === undefined
      ? []
      : [
          pulumi
            .output(args.scope)
            .apply(({ partition, region }) => `arn:${partition}:automate:${region}:ec2:${action}`),
        ];
  return new aws.cloudwatch.MetricAlarm(
    `${name}-${spec.name}`,
    {
      name: alarmName,
      alarmDescription: spec.description,
      namespace: spec.namespace,
      metricName: spec.metric,
      dimensions: pulumi.output(args.instanceId).apply((id) => dimensions(spec, settings.stack, id)),
      statistic: spec.statistic,
      comparisonOperator: spec.comparison,
      threshold: spec.threshold,
      period: spec.periodSeconds,
      datapointsToAlarm: spec.of[0],
      evaluationPeriods: spec.of[1],
      treatMissingData: spec.missing,
      alarmActions: [topicArn, ...actions],
      okActions: [topicArn],
      tags: tags(settings, alarmName),
    },
    { parent },
  );
}
