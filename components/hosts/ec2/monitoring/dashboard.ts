import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { hasCpuCredits } from "../machine/instance";
import { metricNames } from "../protocol";
import {
  dashboardAddress,
  type Ec2Stack,
  type Ec2StackSettings,
  logGroup,
  type LogPart,
  logParts,
  metricNamespace,
} from "../stack";

/** Plain values from which the dashboard is built. */
export interface DashboardContent {
  readonly stack: string;
  /** The logs that it shows. */
  readonly logs: readonly LogPart[];
  readonly region: string;
  readonly instanceType: string;
  readonly instanceId: string;
  readonly dataVolumeId: string;
  readonly alarmArns: readonly string[];
}

interface Widget {
  readonly type: "alarm" | "metric" | "log";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A widget without its position in the grid, which has 24 columns. */
type Unplaced = Omit<Widget, "x" | "y" | "height">;

const rowHeight = 6;

/** Positions rows one below the other, and the widgets of a row side by side. */
function grid(rows: readonly (readonly Unplaced[])[]): Widget[] {
  return rows.flatMap((row, index) => {
    let x = 0;
    return row.map((widget) => {
      const placed = { ...widget, x, y: index * rowHeight, height: rowHeight };
      x += widget.width;
      return placed;
    });
  });
}

/** The dashboard's JSON: health first, then the host's resources, then the logs. Pure. */
export function dashboardBody(content: DashboardContent): { widgets: Widget[] } {
  const { stack, region, instanceId, dataVolumeId } = content;
  const own = (metric: string) => [metricNamespace, metric, "Stack", stack];
  const ec2 = (metric: string) => ["AWS/EC2", metric, "InstanceId", instanceId];
  const volume = (metric: string) => ["AWS/EBS", metric, "VolumeId", dataVolumeId];
  const chart = (title: string, metrics: string[][], more: Record<string, unknown> = {}): Unplaced => ({
    type: "metric",
    width: 8,
    properties: { title, region, view: "timeSeries", stat: "Average", period: 60, metrics, ...more },
  });
  const percent = { yAxis: { left: { min: 0, max: 100 } } };
  const cpu = [ec2("CPUUtilization"), ...(hasCpuCredits(content.instanceType) ? [ec2("CPUCreditBalance")] : [])];
  const log = (part: LogPart): Unplaced => ({
    type: "log",
    width: Math.floor(24 / content.logs.length),
    properties: {
      title: `Log: ${part}`,
      region,
      view: "table",
      query: `SOURCE '${logGroup(stack, part)}' | fields @timestamp, @message | sort @timestamp desc | limit 50`,
    },
  });
  const alarms: Unplaced = { type: "alarm", width: 16, properties: { title: "Alarms", alarms: content.alarmArns } };
  return {
    widgets: grid([
      [alarms, chart("Healthy", [own(metricNames.healthy)], { stat: "Minimum", yAxis: { left: { min: 0, max: 1 } } })],
      [
        chart(
          "Memory and disks, % used",
          [metricNames.memory, metricNames.rootVolume, metricNames.dataVolume].map(own),
          percent,
        ),
        chart("CPU", cpu),
        chart("Status checks failed", [
          ec2("StatusCheckFailed_System"),
          ec2("StatusCheckFailed_Instance"),
          ec2("StatusCheckFailed_AttachedEBS"),
        ]),
      ],
      [
        chart("Network, bytes a minute", [ec2("NetworkIn"), ec2("NetworkOut")], { stat: "Sum" }),
        chart("Data volume, bytes a minute", [volume("VolumeReadBytes"), volume("VolumeWriteBytes")], { stat: "Sum" }),
        chart("Data volume, queue", [volume("VolumeQueueLength")]),
      ],
      content.logs.map(log),
    ]),
  };
}

/** Arguments of {@link Dashboard}. */
export interface DashboardArgs {
  readonly settings: Ec2Stack & Pick<Ec2StackSettings, "services">;
  readonly instanceId: pulumi.Input<string>;
  readonly dataVolumeId: pulumi.Input<string>;
  readonly alarmArns: pulumi.Input<string[]>;
}

/** The stack's page in CloudWatch (3 USD a month, unless it is among the account's first three). */
export class Dashboard extends pulumi.ComponentResource {
  /** The page's address. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: DashboardArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Dashboard", name, {}, options);
    const { stack, host } = args.settings;
    const dashboard = new aws.cloudwatch.Dashboard(
      `${name}-page`,
      {
        dashboardName: `linnix-${stack}`,
        dashboardBody: pulumi
          .all([args.instanceId, args.dataVolumeId, args.alarmArns])
          .apply(([instanceId, dataVolumeId, alarmArns]) =>
            JSON.stringify(
              dashboardBody({
                stack,
                logs: logParts(args.settings),
                region: host.region,
                instanceType: host.instanceType,
                instanceId,
                dataVolumeId,
                alarmArns,
              }),
            ),
          ),
      },
      { parent: this },
    );
    this.url = dashboard.dashboardName.apply((title) => dashboardAddress(host.region, title));
    this.registerOutputs({ url: this.url });
  }
}
