import type { Ec2Settings } from "../../settings/ec2";

/** What every part of an EC2 stack is told: `Settings` narrowed to such a stack has it. */
export interface Ec2Stack {
  readonly stack: string;
  readonly host: Ec2Settings;
}

/**
 * The tags of one resource; `name` is what consoles show.
 *
 * They are given to each resource and not to the provider once: with the provider's `defaultTags` a second `up` without
 * a change updated two resources (tried), and a stack's provider would need a setting of its own.
 */
export function tags({ stack, host }: Ec2Stack, name: string): Record<string, string> {
  return { ...host.tags, Project: "linnix", Stack: stack, Owner: host.owner, Name: name };
}

/** The tag that daily snapshots go by: key and value, one volume each stack. */
export function snapshotTag(stack: string): { key: string; value: string } {
  return { key: "LinnixData", value: stack };
}
