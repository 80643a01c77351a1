import assert from "node:assert/strict";

import fc from "fast-check";

import { alarmTable } from "../../../../../../components/hosts/ec2/monitoring/alarm-table";
import { dashboardBody } from "../../../../../../components/hosts/ec2/monitoring/dashboard";
import type { LogPart } from "../../../../../../components/hosts/ec2/stack";

describe("the dashboard", () => {
  const content = fc.record({
    stack: fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/),
    region: fc.constantFrom("us-east-1", "eu-west-1"),
    instanceType: fc.constantFrom("t3.large", "m7i.large"),
    instanceId: fc.constant("i-1"),
    dataVolumeId: fc.constant("vol-1"),
    alarmArns: fc.array(fc.string(), { maxLength: 9 }),
    logs: fc.constantFrom<readonly LogPart[]>(["cognitod", "llama", "system"], ["cognitod", "system"]),
  });

  it("has widgets within its 24 columns, without overlap, each with a title and a region", () => {
    fc.assert(
      fc.property(content, (it) => {
        const { widgets } = dashboardBody(it);
        const cells = new Set<string>();
        for (const { x, y, width, height, type, properties } of widgets) {
          assert.ok(x + width <= 24);
          for (let column = x; column < x + width; column++) {
            for (let row = y; row < y + height; row++) {
              assert.ok(!cells.has(`${column} ${row}`), "widgets overlap");
              cells.add(`${column} ${row}`);
            }
          }
          assert.ok(typeof properties.title === "string");
          if (type !== "alarm") assert.equal(properties.region, it.region);
        }
      }),
    );
  });

  it("is JSON that names this stack, this host and its alarms", () => {
    fc.assert(
      fc.property(content, (it) => {
        const text = JSON.stringify(dashboardBody(it));
        assert.deepEqual(JSON.parse(text), dashboardBody(it));
        for (const part of it.logs) assert.ok(text.includes(`SOURCE '/linnix/${it.stack}/${part}'`));
        assert.ok(text.includes(`["Linnix","Healthy","Stack","${it.stack}"]`));
        assert.equal(text.includes("CPUCreditBalance"), it.instanceType === "t3.large");
        assert.deepEqual(dashboardBody(it).widgets[0]?.properties.alarms, it.alarmArns);
      }),
    );
  });

  it("shows every metric of an alarm", () => {
    const base = { stack: "dev", region: "us-east-1", instanceType: "t3.large", instanceId: "i", dataVolumeId: "v" };
    const text = JSON.stringify(dashboardBody({ ...base, alarmArns: [], logs: ["cognitod"] }));
    for (const { metric } of alarmTable("t3.large")) assert.ok(text.includes(`"${metric}"`), metric);
  });
});
