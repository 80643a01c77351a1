import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../services/service";
import { type AlarmSpec, alarmTable, dimensions } from "./alarm-table";
import type { Place } from "./place";
import { topicPolicy } from "./service-policies";
import { type Ec2Stack, tags } from "./tags";

/** Arguments of {@link Alarms}. */
export interface AlarmsArgs {
  readonly settings: Ec2Stack;
  readonly place: pulumi.Input<Place>;
  readonly instanceId: pulumi.Input<string>;
  /**
   * The key that the topic is encrypted with. Left out, SNS encrypts on its own disks: alarms may not use AWS's key for
   * SNS (alias/aws/sns), and would fail without a word.
   */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** What happens when something is wrong: alarms, what EC2 does by itself, and a topic that tells people. */
export class Alarms extends pulumi.ComponentResource {
  /** The alarms' names. */
  readonly names: pulumi.Output<string[]>;
  /** ARNs, for the dashboard. */
  readonly arns: pulumi.Output<string[]>;
  readonly topicArn: pulumi.Output<string>;

  private readonly settings: Ec2Stack;
  private readonly place: pulumi.Output<Place>;

  constructor(
    private readonly prefix: string,
    private readonly args: AlarmsArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("linnix:host:Alarms", prefix, {}, options);
    this.settings = args.settings;
    this.place = pulumi.output(args.place);
    this.topicArn = this.topic().arn;
    const alarms = alarmTable(args.settings.host.instanceType).map((spec) => this.alarm(spec));
    this.names = pulumi.all(alarms.map(({ name }) => name));
    this.arns = pulumi.all(alarms.map(({ arn }) => arn));
    this.registerOutputs({ names: this.names, arns: this.arns, topicArn: this.topicArn });
  }

  private topic(): aws.sns.Topic {
    const { stack, host } = this.settings;
    const name = stackName(stack, "alarms");
    const { keyArn } = this.args;
    const topic = new aws.sns.Topic(
      `${this.prefix}-topic`,
      { name, ...(keyArn === undefined ? {} : { kmsMasterKeyId: keyArn }), tags: tags(this.settings, name) },
      { parent: this },
    );
    new aws.sns.TopicPolicy(
      `${this.prefix}-speakers`,
      {
        arn: topic.arn,
        policy: pulumi
          .all([topic.arn, this.place])
          .apply(([arn, { account }]) => JSON.stringify(topicPolicy(arn, account))),
      },
      { parent: this },
    );
    for (const address of host.alarmEmails) {
      new aws.sns.TopicSubscription(
        `${this.prefix}-mail-${address}`,
        { topic: topic.arn, protocol: "email", endpoint: address },
        { parent: this },
      );
    }
    return topic;
  }

  private alarm(spec: AlarmSpec): aws.cloudwatch.MetricAlarm {
    const { stack } = this.settings;
    const name = stackName(stack, spec.name);
    const { action } = spec;
    const acts =
      action === undefined
        ? []
        : [this.place.apply(({ partition, region }) => `arn:${partition}:automate:${region}:ec2:${action}`)];
    return new aws.cloudwatch.MetricAlarm(
      `${this.prefix}-${spec.name}`,
      {
        name,
        alarmDescription: spec.description,
        namespace: spec.namespace,
        metricName: spec.metric,
        dimensions: pulumi.output(this.args.instanceId).apply((id) => dimensions(spec, stack, id)),
        statistic: spec.statistic,
        comparisonOperator: spec.comparison,
        threshold: spec.threshold,
        period: spec.periodSeconds,
        datapointsToAlarm: spec.of[0],
        evaluationPeriods: spec.of[1],
        treatMissingData: spec.missing,
        alarmActions: [this.topicArn, ...acts],
        okActions: [this.topicArn],
        tags: tags(this.settings, name),
      },
      { parent: this },
    );
  }
}
