import assert from "node:assert/strict";

import { type AlarmSpec, alarmTable, dimensions } from "../../../../../../components/hosts/ec2/monitoring/alarm-table";
import { metricNames } from "../../../../../../components/hosts/ec2/protocol";

describe("the alarms of an EC2 stack", () => {
  const find = (name: string, type = "t3.large") => alarmTable(type).find((it) => it.name === name);

  it("treat missing data as a breach for `unhealthy` only", () => {
    for (const { name, missing } of alarmTable("t3.large")) {
      assert.equal(missing === "breaching", name === "unhealthy", name);
    }
    assert.deepEqual([find("unhealthy")?.metric, find("unhealthy")?.of], ["Healthy", [3, 5]]);
  });

  it("recover a host whose hardware failed, reboot one whose own check failed, at different times", () => {
    const [system, instance] = [find("system-check"), find("instance-check")];
    assert.deepEqual([system?.action, instance?.action], ["recover", "reboot"]);
    assert.notDeepEqual(system?.of, instance?.of);
    const acting = alarmTable("t3.large").filter(({ action }) => action !== undefined);
    assert.equal(acting.length, 2);
  });

  it("watch credits on t types only", () => {
    for (const type of ["t3.large", "t3a.large", "t4g.large"]) assert.ok(find("cpu-credits", type), type);
    for (const type of ["m7i.large", "c7g.xlarge", "r6i.large"])
      assert.equal(find("cpu-credits", type), undefined, type);
  });

  it("watch memory, both disks and the attached volume", () => {
    const metrics = alarmTable("m7i.large").map(({ metric }) => metric);
    for (const metric of [...Object.values(metricNames), "StatusCheckFailed_AttachedEBS"]) {
      assert.ok(metrics.includes(metric), metric);
    }
  });

  it("have unique names, and no more breaching periods than evaluated ones", () => {
    const table = alarmTable("t3.large");
    assert.equal(new Set(table.map(({ name }) => name)).size, table.length);
    for (const { name, of } of table) assert.ok(of[0] <= of[1] && of[0] > 0, name);
  });

  it("select the host's metrics by stack, EC2's by instance", () => {
    assert.deepEqual(dimensions({ namespace: "Linnix" }, "dev", "i-1"), { Stack: "dev" });
    assert.deepEqual(dimensions({ namespace: "AWS/EC2" }, "dev", "i-1"), { InstanceId: "i-1" });
  });
});

/** One minute: what was reported in it. */
type Minute = readonly number[];

const silent: Minute = [];
const minutes = (count: number, ...samples: number[]): Minute[] => Array.from({ length: count }, () => samples);

const statistics: Readonly<Record<AlarmSpec["statistic"], (samples: Minute) => number>> = {
  Minimum: (samples) => Math.min(...samples),
  Maximum: (samples) => Math.max(...samples),
  Average: (samples) => samples.reduce((sum, sample) => sum + sample, 0) / samples.length,
};
const comparisons: Readonly<Record<AlarmSpec["comparison"], (value: number, threshold: number) => boolean>> = {
  LessThanThreshold: (value, threshold) => value < threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
};

/** Whether CloudWatch, with the numbers of this alarm, is in alarm at the end of these minutes. */
function rings({ periodSeconds, of, missing, statistic, comparison, threshold }: AlarmSpec, series: readonly Minute[]) {
  const size = periodSeconds / 60;
  const periods = Array.from({ length: of[1] }, (_, index) => {
    const end = series.length - index * size;
    return end < size ? undefined : series.slice(end - size, end).flat();
  });
  const breaching = periods.filter((samples) => {
    if (samples === undefined) return false;
    if (samples.length === 0) return missing === "breaching";
    return comparisons[comparison](statistics[statistic](samples), threshold);
  });
  return breaching.length >= of[0];
}

/** What happens on the host and in AWS, and whether the alarm rings for it. */
type Case = readonly [what: string, rings: boolean, series: readonly Minute[]];

const check = (consecutive: number): Case[] => [
  ["passes", false, minutes(20, 0)],
  [`fails for ${consecutive} minutes`, true, [...minutes(20, 0), ...minutes(consecutive, 1)]],
  ["fails a minute less", false, [...minutes(20, 0), ...minutes(consecutive - 1, 1)]],
  ["passes again after a failure", false, [...minutes(20, 1), ...minutes(1, 0)]],
  ["is not reported, as for a stopped host", false, minutes(20)],
];
const full = (percent: number): Case[] => [
  ["is almost that full", false, minutes(20, percent - 0.1)],
  ["is that full for five minutes", true, [...minutes(20, 1), ...minutes(5, percent)]],
  ["is that full for four minutes", false, [...minutes(20, 1), ...minutes(4, percent)]],
  ["has a peak in each minute", false, minutes(20, 1, 99)],
  ["is not reported, which `unhealthy` is for", false, minutes(20)],
];
const credits = (balance: number, count: number) => Array.from({ length: count }, () => [[balance], ...minutes(4)]);

const cases: Readonly<Record<string, readonly [metric: string, cases: readonly Case[]]>> = {
  unhealthy: [
    "Linnix Healthy",
    [
      ["is healthy", false, minutes(20, 1)],
      ["is not, in three of five minutes", true, [...minutes(20, 1), [0], [1], [0], [1], [0]]],
      ["is not, in two of five", false, [...minutes(20, 1), [0], [1], [1], [1], [0]]],
      ["is not, in a part of each minute", true, minutes(20, 1, 0)],
      ["is silent for three minutes", true, [...minutes(20, 1), ...minutes(3)]],
      ["is silent for two minutes", false, [...minutes(20, 1), ...minutes(2)]],
      ["reports again", false, [...minutes(20), ...minutes(3, 1)]],
      ["reboots, and one report is late", false, [...minutes(20, 1), silent, [1], silent, [1]]],
    ],
  ],
  "system-check": ["AWS/EC2 StatusCheckFailed_System", check(2)],
  "instance-check": ["AWS/EC2 StatusCheckFailed_Instance", check(3)],
  "volume-check": ["AWS/EC2 StatusCheckFailed_AttachedEBS", check(5)],
  "cpu-credits": [
    // EC2 reports the balance every five minutes.
    "AWS/EC2 CPUCreditBalance",
    [
      ["has some", false, credits(100, 20).flat()],
      ["has the last ones that the alarm accepts", false, credits(5, 20).flat()],
      ["has none for an hour", true, credits(0, 12).flat()],
      ["has none for 55 minutes, as a new host", false, credits(0, 11).flat()],
      ["had none until now", false, [...credits(0, 20), ...credits(6, 1)].flat()],
      ["has none since a moment ago", false, [...credits(100, 20), ...credits(0, 1)].flat()],
    ],
  ],
  memory: ["Linnix MemoryUsedPercent", full(90)],
  "root-disk": ["Linnix RootUsedPercent", full(85)],
  "data-disk": ["Linnix DataUsedPercent", full(85)],
};

describe("an alarm rings for what it is for, and not for its neighbour:", () => {
  const table = alarmTable("t3.large");

  it("each one watches its metric and is among these cases", () => {
    assert.deepEqual(
      Object.fromEntries(table.map(({ name, namespace, metric }) => [name, `${namespace} ${metric}`])),
      Object.fromEntries(Object.entries(cases).map(([name, [metric]]) => [name, metric])),
    );
  });

  for (const spec of table) {
    for (const [what, expected, series] of cases[spec.name]?.[1] ?? []) {
      it(`${spec.name}: ${what}: ${expected ? "rings" : "is quiet"}`, () => {
        assert.equal(rings(spec, series), expected);
      });
    }
  }
});
