import type { InstanceView } from "./ssm";

/** Says why an instance takes no command, and what to do about it. Pure. */
export function absence(instanceId: string, region: string, view: InstanceView, waitedSeconds: number): string {
  const aws = (command: string): string => `\`aws ${command} --region ${region}\``;
  switch (view.state) {
    case "gone":
    case "terminated":
    case "shutting-down":
      return (
        `Instance ${instanceId} is ${view.state === "gone" ? `not known in ${region}` : view.state}: ` +
        "`pulumi up --refresh` makes a new one; the data volume is kept."
      );
    case "stopped":
    case "stopping":
      return (
        `Instance ${instanceId} is ${view.state}: start it with ` +
        `${aws(`ec2 start-instances --instance-ids ${instanceId}`)}, then run \`pulumi up --refresh\`.`
      );
    case "pending":
    case "running":
    case "unknown":
      break;
  }
  const console = aws(`ec2 get-console-output --latest --output text --instance-id ${instanceId}`);
  const state =
    view.state === "unknown" ? "may or may not run (ec2:DescribeInstances is not allowed)" : `is ${view.state}`;
  if (view.agent === "online" || view.agent === "lost") {
    const since = view.lastPing === undefined ? "" : ` since ${view.lastPing}`;
    const heard = view.agent === "lost" ? `its agent hasn't been heard of${since}` : "its agent answers no command";
    return (
      `Instance ${instanceId} ${state}, but ${heard}. Its console tells more: ${console}. ` +
      `${aws(`ec2 reboot-instances --instance-ids ${instanceId}`)} brings agent and services back.`
    );
  }
  return (
    `Instance ${instanceId} ${state}, but has not registered with Systems Manager after ${waitedSeconds} s. ` +
    `Look at its console, where first boot writes: ${console}. ` +
    "Its security group must let port 443 out; its subnet needs a way to Systems Manager, by an internet gateway or by the " +
    "endpoints ssm, ssmmessages and ec2messages; its instance profile must allow ssm:UpdateInstanceInformation and " +
    "ssmmessages:*. Then run `pulumi up` again."
  );
}
