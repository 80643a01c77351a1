import type { InstanceView } from "./ssm";

/** How a host gets a type that AWS starts. */
export function startWithAnotherType(): string {
  return (
    "set linnix:instanceType to the type before or to another one and run `pulumi up --refresh`, which starts the host with " +
    "that type"
  );
}

/** Explains why an instance does not accept a command, and how to fix it. Pure. */
export function unreachableReason(
  instanceId: string,
  region: string,
  view: InstanceView,
  waitedSeconds: number,
): string {
  const aws = (command: string): string => `\`aws ${command} --region ${region}\``;
  switch (view.state) {
    case "gone":
    case "terminated":
    case "shutting-down":
      return (
        `Instance ${instanceId} is ${view.state === "gone" ? `not known in ${region}` : view.state}: ` +
        "`pulumi up --refresh` creates a new one; the data volume is kept."
      );
    case "stopped":
    case "stopping":
      return (
        `Instance ${instanceId} is ${view.state}: start it with ` +
        `${aws(`ec2 start-instances --instance-ids ${instanceId}`)}, then run \`pulumi up --refresh\`. ` +
        `If AWS has no capacity for its type (InsufficientInstanceCapacity), ${startWithAnotherType()}.`
      );
    case "pending":
    case "running":
    case "unknown":
      break;
  }
  const console = aws(`ec2 get-console-output --latest --output text --instance-id ${instanceId}`);
  const state =
    view.state === "unknown" ? "is in an unknown state (ec2:DescribeInstances is not allowed)" : `is ${view.state}`;
  if (view.agent === "online" || view.agent === "lost") {
    const since = view.lastPing === undefined ? "" : ` since ${view.lastPing}`;
    const agent =
      view.agent === "lost" ? `its SSM agent has not reported${since}` : "its SSM agent does not run commands";
    return (
      `Instance ${instanceId} ${state}, but ${agent}. Its console output may show why: ${console}. ` +
      `${aws(`ec2 reboot-instances --instance-ids ${instanceId}`)} restarts the agent and the services.`
    );
  }
  return (
    `Instance ${instanceId} ${state}, but has not registered with Systems Manager after ${waitedSeconds} s. ` +
    `First boot writes to its console: ${console}. ` +
    "Its security group must allow outbound traffic to port 443; its subnet needs a route to Systems Manager, through an " +
    "internet gateway or the endpoints ssm and ssmmessages; its instance profile must allow ssm:UpdateInstanceInformation and " +
    "ssmmessages:*. Then run `pulumi up` again."
  );
}
