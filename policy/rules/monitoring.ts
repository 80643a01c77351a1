/** Logs and alarms. */
import { type Rule, inputsOf, list } from "./rule";

/** AWS's type. */
export const logGroup = "aws:cloudwatch/logGroup:LogGroup";
const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** Rules on logs and alarms. */
export const monitoring: readonly Rule[] = [
  {
    id: "CloudWatch.15",
    says: "an alarm does something",
    ...inputsOf(alarm, ({ alarmActions }) => list(alarmActions).length > 0),
    broken: { type: alarm, inputs: { alarmActions: [] } },
  },
  {
    id: "CloudWatch.16",
    says: "logs are kept for a time that is set (how long is the stack's to say)",
    ...inputsOf(logGroup, ({ retentionInDays }) => Number(retentionInDays) > 0),
    broken: { type: logGroup, inputs: { retentionInDays: 0 } },
  },
  {
    id: "CloudWatch.17",
    says: "an alarm's actions are on",
    ...inputsOf(alarm, ({ actionsEnabled }) => actionsEnabled !== false),
    broken: { type: alarm, inputs: { actionsEnabled: false } },
  },
];
