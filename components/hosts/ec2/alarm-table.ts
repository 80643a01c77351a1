/** What an EC2 stack raises an alarm about, as a table. Pure. */
import { hasCpuCredits } from "./instance";
import { metricNamespace } from "./names";

/** One alarm. Thresholds are in the metric's own unit. */
export interface AlarmSpec {
  /** Names the alarm within its stack. */
  readonly name: string;
  /** What it means and what to do, for the person who reads the mail. */
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly statistic: "Minimum" | "Maximum" | "Average";
  readonly comparison: "LessThanThreshold" | "GreaterThanOrEqualToThreshold";
  readonly threshold: number;
  readonly periodSeconds: number;
  /** So many of so many periods must breach. */
  readonly of: readonly [breaching: number, looked: number];
  readonly missing: "breaching" | "missing" | "notBreaching";
  /** What EC2 does by itself. */
  readonly action?: "recover" | "reboot";
}

const hostMetric = { namespace: metricNamespace, periodSeconds: 60 } as const;
const statusCheck = {
  namespace: "AWS/EC2",
  statistic: "Maximum",
  comparison: "GreaterThanOrEqualToThreshold",
  threshold: 1,
  periodSeconds: 60,
  missing: "missing",
} as const;

function fullness(name: string, metric: string, threshold: number, what: string): AlarmSpec {
  return {
    name,
    metric,
    description: `${what} has been over ${threshold} % full for five minutes.`,
    ...hostMetric,
    statistic: "Average",
    comparison: "GreaterThanOrEqualToThreshold",
    threshold,
    of: [5, 5],
    // A silent host is the first alarm's to tell.
    missing: "missing",
  };
}

const unhealthy: AlarmSpec = {
  name: "unhealthy",
  description:
    "A service is not ready or the host is silent, three of five minutes: `npm run status` says which and why.",
  ...hostMetric,
  metric: "Healthy",
  statistic: "Minimum",
  comparison: "LessThanThreshold",
  threshold: 1,
  of: [3, 5],
  missing: "breaching",
};

/** Recovery and reboot wait differently long: one must not get in the other's way. */
const statusChecks: readonly AlarmSpec[] = [
  {
    ...statusCheck,
    name: "system-check",
    description: "AWS's side of the host failed (hardware, power, network): EC2 moves it to other hardware.",
    metric: "StatusCheckFailed_System",
    of: [2, 2],
    action: "recover",
  },
  {
    ...statusCheck,
    name: "instance-check",
    description: "The host's own side failed (kernel, memory, file system): EC2 reboots it.",
    metric: "StatusCheckFailed_Instance",
    of: [3, 3],
    action: "reboot",
  },
  {
    ...statusCheck,
    name: "volume-check",
    description: "A volume can't be read or written: look at the region's health, then at the volume in the console.",
    metric: "StatusCheckFailed_AttachedEBS",
    of: [5, 5],
  },
];

/** A new host begins with no credits and gains 36 an hour (t3.large): it has an hour before it must have some. */
const credits: AlarmSpec = {
  name: "cpu-credits",
  description: "The host has been out of CPU credits for an hour; what it uses beyond them is billed. Take an m type.",
  namespace: "AWS/EC2",
  metric: "CPUCreditBalance",
  statistic: "Maximum",
  comparison: "LessThanThreshold",
  threshold: 5,
  periodSeconds: 300,
  of: [12, 12],
  missing: "missing",
};

/** The alarms of a stack whose host is of this type. */
export function alarmTable(instanceType: string): readonly AlarmSpec[] {
  return [
    unhealthy,
    ...statusChecks,
    ...(hasCpuCredits(instanceType) ? [credits] : []),
    fullness("memory", "MemoryUsedPercent", 90, "The host's memory"),
    fullness("root-disk", "RootUsedPercent", 85, "The root volume (system, engine, images)"),
    fullness("data-disk", "DataUsedPercent", 85, "The data volume (model, incidents)"),
  ];
}

/** What a metric is asked by: the host's own metrics know the stack, EC2's the instance. */
export function dimensions({ namespace }: Pick<AlarmSpec, "namespace">, stack: string, instanceId: string) {
  return namespace === metricNamespace ? { Stack: stack } : { InstanceId: instanceId };
}
