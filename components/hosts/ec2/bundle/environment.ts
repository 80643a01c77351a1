/** The variables of the host's scripts. Pure. */
import { shellQuoted } from "../../../shell-quoted";
import { minimumKernel, systems } from "../machine/systems";
import { serviceNames, services } from "../../../services/catalogue";
import type { BundleFacts } from "./facts";

/** The accounts of the services' processes on the host: name and number each. */
const accounts = (): string => serviceNames.map((name) => `${name}:${services[name].uid}`).join(" ");

/** `host.env`: what the stack decides; the facts about the one machine are in `/etc/linnix/host.json`. */
export function hostEnvironment(facts: BundleFacts): string {
  const system = systems[facts.system];
  const agents = system.agents(facts.region, facts.architecture);
  const variables = {
    SWAP_MIB: String(facts.swapMiB),
    ACCOUNTS: accounts(),
    COGNITOD_ID: String(services.cognitod.uid),
    MINIMUM_KERNEL: minimumKernel[facts.architecture],
    PACKAGES: system.packages.join(" "),
    // Empty if the package manager has the agent.
    SSM_AGENT_URL: agents.ssm?.regional ?? "",
    SSM_AGENT_GLOBAL_URL: agents.ssm?.global ?? "",
    CLOUDWATCH_AGENT_URL: agents.cloudwatch?.regional ?? "",
    CLOUDWATCH_AGENT_GLOBAL_URL: agents.cloudwatch?.global ?? "",
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${shellQuoted(value)}\n`)
    .join("");
}
