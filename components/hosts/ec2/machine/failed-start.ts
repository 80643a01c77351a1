/** What to do when AWS does not start the host with its instance type. */
import { startWithAnotherType } from "../rollout/unreachable";

/** What AWS refused. */
export interface FailedStart {
  /** Empty for a host that was to be created. */
  readonly id: string;
  readonly type: string;
  readonly region: string;
  readonly errors: readonly string[];
}

/** Error codes with which AWS starts no instance of a type, while it may start one of another type, or later. */
const refusals = /\b(InsufficientInstanceCapacity|VcpuLimitExceeded|InstanceLimitExceeded|Unsupported)\b/;

/** The explanation; undefined for any other error. The provider stops a running host before it changes its type. */
export function explainStart({ id, type, region, errors }: FailedStart): string | undefined {
  const [code] = refusals.exec(errors.join("\n")) ?? [];
  if (code === undefined) return undefined;
  if (id === "")
    return `AWS starts no ${type} now (${code}): set linnix:instanceType to another one, or run \`pulumi up\` later.`;
  const later = `aws ec2 start-instances --instance-ids ${id} --region ${region}`;
  return (
    `AWS does not start the host as a ${type} now (${code}), so it is stopped: ${startWithAnotherType()}. ` +
    `To keep the new type, start the host later with \`${later}\`, then run \`pulumi up --refresh\`.`
  );
}
