/** Names that an EC2 stack, its host and the people who look at it share. Pure. */
import { type SecretName, parameterPrefix } from "./services";

/** The secrets that a stack may have, by the name under which services and registries ask for them. */
export const secretNames = ["api-token", "slack-webhook", "registry-password"] as const satisfies SecretName[];

/** The SecureString that holds a secret. */
export const secretParameter = (stack: string, secret: SecretName): string =>
  `${parameterPrefix(stack)}/secrets/${secret}`;

/** What the host ships logs of: each has a group of its own. */
export const logParts = ["cognitod", "llama", "system"] as const;

/** One of {@link logParts}. */
export type LogPart = (typeof logParts)[number];

/** A log group's name. */
export const logGroup = (stack: string, part: LogPart | "flow"): string => `${parameterPrefix(stack)}/${part}`;

/** Where the host's metrics stand, with the dimension `Stack`. */
export const metricNamespace = "Linnix";

/** Address of AWS's console in a region; `path` is what follows the host. */
export function consoleAddress(region: string, path: string): string {
  const domain = region.startsWith("cn-")
    ? "console.amazonaws.cn"
    : region.startsWith("us-gov-")
      ? "console.amazonaws-us-gov.com"
      : "console.aws.amazon.com";
  return `https://${region}.${domain}/${path}`;
}

/** The console's page of a log group: it wants the slashes of a name encoded twice, with `$` in place of `%`. */
export function logGroupAddress(region: string, group: string): string {
  const encoded = encodeURIComponent(encodeURIComponent(group)).replaceAll("%", "$");
  return consoleAddress(region, `cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${encoded}`);
}

/** The console's page of a dashboard. */
export function dashboardAddress(region: string, dashboard: string): string {
  return consoleAddress(region, `cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard}`);
}
