import type { Fault } from "./fault";

/**
 * The settings file of another stack: `npm run -s env` prints a shell's environment for one stack, and Pulumi would use that
 * stack's settings for any other that is named in that shell.
 *
 * @param configFile the file that PULUMI_OPTION_CONFIG_FILE names; undefined or empty if Pulumi takes the stack's own.
 */
export function foreignConfigFile(stack: string, configFile: string | undefined): Fault[] {
  const [, owner] = /(?:^|[/\\])Pulumi\.([^/\\]+)\.ya?ml$/.exec(configFile ?? "") ?? [];
  if (configFile === undefined || owner === undefined || owner === stack) return [];
  return [
    {
      key: "PULUMI_OPTION_CONFIG_FILE",
      value: configFile,
      problem: `is the settings file of stack ${owner}, but this stack is ${stack}`,
      remedy: "unset PULUMI_OPTION_CONFIG_FILE PULUMI_STACK PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE_FILE",
    },
  ];
}
