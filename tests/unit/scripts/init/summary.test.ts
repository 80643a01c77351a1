import assert from "node:assert/strict";

import { countsByComponent, madeText, nextText } from "../../../../scripts/init/summary";
import type { GraphResource } from "../../../../scripts/render/graph";

const resource = (parent: string, type: string, custom = true): GraphResource => ({
  ...{ type, name: `${parent}-${type}`, parent, custom, inputs: {}, options: {} },
});

describe("what a new stack will make", () => {
  const graph = {
    resources: [
      resource("", "linnix:host:Ec2Host", false),
      resource("host-network", "aws:ec2/vpc:Vpc"),
      resource("host", "linnix:host:Network", false),
      resource("host-alarms", "aws:sns/topic:Topic"),
      resource("host-alarms", "aws:cloudwatch/metricAlarm:MetricAlarm"),
      resource("host-alarms", "aws:cloudwatch/metricAlarm:MetricAlarm"),
    ],
  };

  it("is counted by component, without the components themselves", () => {
    assert.deepEqual(countsByComponent(graph), [
      { component: "host-alarms", kinds: { Topic: 1, MetricAlarm: 2 }, count: 3 },
      { component: "host-network", kinds: { Vpc: 1 }, count: 1 },
    ]);
  });

  it("is a line for each component", () => {
    assert.equal(
      madeText(graph, 80),
      "What it will make: 4 resources\n  host-alarms    3: Topic, 2 MetricAlarm\n  host-network   1: Vpc\n",
    );
  });
});

describe("the commands to type next", () => {
  it("are npm's for a local stack and Pulumi's for one on EC2, each with the stack", () => {
    assert.match(nextText("mine", "local"), /^Next, type\n {2}npm start -- mine\n/);
    assert.match(nextText("mine", "ec2"), /\n {2}pulumi stack init mine\n {2}pulumi up --stack mine\n/);
    assert.doesNotMatch(nextText("mine", "ec2"), /npm start/);
  });
});
