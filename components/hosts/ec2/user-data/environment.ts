/** Who the host is: the same facts for host/linnix-release (JSON) and for the shell scripts (assignments). Pure. */
import { minimumKernel, systems } from "../systems";
import type { UserDataOptions } from "./user-data";

/** Where the data volume is mounted. */
export const dataFolder = "/var/lib/linnix";

/** The engine keeps its output out of a service's journal; these services' logs are shipped, each to a group of its name. */
export const shippedServices = ["cognitod", "llama"] as const;

/** `/etc/linnix/host.json`. */
export function hostJson(options: UserDataOptions): string {
  const { stack, region, prefix, namespace, dataVolume, architecture } = options;
  const document = {
    ...{ stack, region, prefix, namespace },
    ...{ data: dataFolder, dataVolume, minimumKernel: minimumKernel[architecture] },
  };
  return `${JSON.stringify(document)}\n`;
}

/** A value that the shell reads back as it is. */
export const quoted = (value: string): string =>
  /^[\w./:-]*$/.test(value) ? value : `'${value.replace(/'/g, `'\\''`)}'`;

/** `/etc/linnix/host.env`: variables of the scripts under host/. */
export function hostEnvironment(options: UserDataOptions): string {
  const system = systems[options.system];
  const agents = system.agents(options.region, options.architecture);
  const variables = {
    STACK: options.stack,
    REGION: options.region,
    PREFIX: options.prefix,
    DATA: dataFolder,
    DATA_VOLUME: options.dataVolume,
    SWAP_MIB: String(options.swapMiB),
    MINIMUM_KERNEL: minimumKernel[options.architecture],
    PACKAGES: system.packages.join(" "),
    // Empty: the package manager has it.
    SSM_AGENT_URL: agents.ssm ?? "",
    CLOUDWATCH_AGENT_URL: agents.cloudwatch ?? "",
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join("");
}
