import assert from "node:assert/strict";

import { alarmTable, dimensions } from "../../../../../../components/hosts/ec2/monitoring/alarm-table";
import { topicPolicy } from "../../../../../../components/hosts/ec2/monitoring/alarms";
import { useVariationGraphs } from "../../../../../fixtures/ec2-graph";

describe("the topic's policy", () => {
  it("allows only alarms to publish", () => {
    const [only, ...more] = topicPolicy("arn:aws:sns:us-east-1:123456789012:t", "123456789012").Statement;
    assert.deepEqual(more, []);
    assert.ok(only);
    assert.deepEqual(only.Principal, { Service: "cloudwatch.amazonaws.com" });
    assert.deepEqual([only.Action, only.Resource], [["sns:Publish"], ["arn:aws:sns:us-east-1:123456789012:t"]]);
    assert.deepEqual(only.Condition, { StringEquals: { "aws:SourceAccount": "123456789012" } });
  });
});

describe("the alarms in CloudWatch", function () {
  this.timeout(60_000);
  const { graph } = useVariationGraphs();
  const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";

  it("have the numbers of the table, and the topic for both directions", () => {
    const { all } = graph("the defaults");
    const topic = "arn:aws:sns:us-east-1:123456789012:linnix-dev-alarms";
    const automatic = (action: string) => `arn:aws:automate:us-east-1:ec2:${action}`;
    assert.deepEqual(
      all(alarm).map(({ inputs: { tags, ...rest } }) => rest),
      alarmTable("t3.large").map((spec) => ({
        name: `linnix-dev-${spec.name}`,
        alarmDescription: spec.description,
        namespace: spec.namespace,
        metricName: spec.metric,
        dimensions: dimensions(spec, "dev", "i-0123456789abcdef0"),
        statistic: spec.statistic,
        comparisonOperator: spec.comparison,
        threshold: spec.threshold,
        period: spec.periodSeconds,
        datapointsToAlarm: spec.of[0],
        evaluationPeriods: spec.of[1],
        treatMissingData: spec.missing,
        alarmActions: [topic, ...(spec.action === undefined ? [] : [automatic(spec.action)])],
        okActions: [topic],
      })),
    );
  });

  it("publish to a topic that the stack's key encrypts, if there is one, and that they may use", () => {
    const topic = (name: string) => graph(name).one("aws:sns/topic:Topic").inputs;
    assert.equal(topic("the defaults").kmsMasterKeyId, undefined);
    assert.match(String(topic("a key of its own").kmsMasterKeyId), /^arn:aws:kms:.*:key\//);
    const [policy] = graph("the defaults").all("aws:sns/topicPolicy:TopicPolicy");
    const arn = "arn:aws:sns:us-east-1:123456789012:linnix-dev-alarms";
    assert.deepEqual(
      [policy?.inputs.arn, policy?.inputs.policy],
      [arn, JSON.stringify(topicPolicy(arn, "123456789012"))],
    );
  });
});
