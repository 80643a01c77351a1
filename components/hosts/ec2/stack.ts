/** Names, addresses, tags and ARNs that an EC2 stack, its host and the people who use it share. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { type ServiceName, serviceNames } from "../../services/catalogue";
import type { SecretName } from "../../services/secrets";
import type { Ec2Settings } from "../../settings/ec2/types";
import type { Settings } from "../../settings/types";

/** The settings that every part of an EC2 stack receives. */
export interface Ec2Stack {
  readonly stack: string;
  readonly host: Ec2Settings;
}

/** Settings of an EC2 stack. */
export type Ec2StackSettings = Settings & Ec2Stack;

/** Prefix of a stack's parameters and log groups. */
export function parameterPrefix(stack: string): string {
  return `/linnix/${stack}`;
}

/** The folder of the bundle bucket that the host may read. */
export const bundleFolder = "host/";

/** Beginning of the names of a stack's repositories in ECR. */
export const repositoryPrefix = (stack: string): string => `linnix-${stack}/`;

/** Name of the SecureString that stores a secret. */
export const secretParameter = (stack: string, secret: SecretName): string =>
  `${parameterPrefix(stack)}/secrets/${secret}`;

/** The logs that the host ships: of the services that the stack runs, and of the system. Each has a log group. */
export const logParts = ({ services }: Pick<Settings, "services">): readonly LogPart[] => [...services, "system"];

/** Everything that any stack's host may ship. */
export const allLogParts: readonly LogPart[] = [...serviceNames, "system"];

/** One of {@link allLogParts}. */
export type LogPart = ServiceName | "system";

/** A log group's name. */
export const logGroup = (stack: string, part: LogPart | "flow"): string => `${parameterPrefix(stack)}/${part}`;

/** Namespace of the host's metrics, which have the dimension `Stack`. */
export const metricNamespace = "Linnix";

/** Address of AWS's console in a region. Regions of China and GovCloud have other domains; the settings reject them. */
function consoleAddress(region: string, path: string): string {
  return `https://${region}.console.aws.amazon.com/${path}`;
}

/** The console's page of a log group. The console requires the name to be encoded twice, with `$` for `%`. */
export function logGroupAddress(region: string, group: string): string {
  const encoded = encodeURIComponent(encodeURIComponent(group)).replaceAll("%", "$");
  return consoleAddress(region, `cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${encoded}`);
}

/** The console's page of a dashboard. */
export function dashboardAddress(region: string, dashboard: string): string {
  return consoleAddress(region, `cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard}`);
}

/** Value of the tag `Project`. With the tag `Stack` it tells whose a resource is. */
export const projectTag = "linnix";

/**
 * The tags that the project itself sets. S3 accepts ten for an object, so objects have only these, without those of
 * `linnix:tags`.
 */
export function ownTags({ stack, host }: Ec2Stack, name: string): Record<string, string> {
  return { Project: projectTag, Stack: stack, Owner: host.owner, Name: name };
}

/**
 * The tags of one resource; consoles show `name`.
 *
 * Each resource has them, instead of the provider: with the provider's `defaultTags` a second `up` without a change
 * updated two resources (tried), and a stack's provider would need a setting of its own.
 */
export function tags(settings: Ec2Stack, name: string): Record<string, string> {
  return { ...settings.host.tags, ...ownTags(settings, name) };
}

/** The tag by which daily snapshots select the data volume. */
export function snapshotTag(stack: string): { key: string; value: string } {
  return { key: "LinnixData", value: stack };
}

/** Where in AWS a stack is, as in the ARNs of its resources. */
export interface AwsScope {
  /** `aws`, `aws-us-gov` or `aws-cn`. */
  readonly partition: string;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}

/** Looks up account and partition. */
export function lookUpScope(region: string, parent: pulumi.Resource): pulumi.Output<AwsScope> {
  const partition = aws.getPartitionOutput({}, { parent }).partition;
  const account = aws.getCallerIdentityOutput({}, { parent }).accountId;
  return pulumi.output({ partition, region, account });
}

/** ARN of something in this account and region: `arn(scope, "logs", "log-group:/linnix/dev/llama")`. */
export function arn({ partition, region, account }: AwsScope, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}
