/** The alarms of an EC2 stack, as a table. Pure. */
import { hasCpuCredits } from "../machine/instance";
import { metricNames } from "../protocol";
import { metricNamespace } from "../stack";

/** One alarm. Thresholds are in the metric's own unit. */
export interface AlarmSpec {
  /** Names the alarm within its stack. */
  readonly name: string;
  /** What it means and what to do; part of the mail. */
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly statistic: "Minimum" | "Maximum" | "Average";
  readonly comparison: "LessThanThreshold" | "GreaterThanOrEqualToThreshold";
  readonly threshold: number;
  readonly periodSeconds: number;
  /** How many of the latest periods must breach. */
  readonly of: readonly [breaching: number, periods: number];
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
    // A host that stops reporting is covered by the `unhealthy` alarm.
    missing: "missing",
  };
}

const unhealthy: AlarmSpec = {
  name: "unhealthy",
  description:
    "A service is not ready or the host is silent, three of five minutes: `npm run status` says which and why.",
  ...hostMetric,
  metric: metricNames.healthy,
  statistic: "Minimum",
  comparison: "LessThanThreshold",
  threshold: 1,
  of: [3, 5],
  missing: "breaching",
};

/** Recovery and reboot start after different times, so that they do not interfere. */
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

/** A new host starts without credits and earns 36 an hour (t3.large): the alarm waits for an hour. */
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
    fullness("memory", metricNames.memory, 90, "The host's memory"),
    fullness("root-disk", metricNames.rootVolume, 85, "The root volume (system, engine, images)"),
    fullness("data-disk", metricNames.dataVolume, 85, "The data volume (model, incidents)"),
  ];
}

/** The dimension of a metric: the host's own metrics have the stack, EC2's the instance. */
export function dimensions({ namespace }: Pick<AlarmSpec, "namespace">, stack: string, instanceId: string) {
  return namespace === metricNamespace ? { Stack: stack } : { InstanceId: instanceId };
}
