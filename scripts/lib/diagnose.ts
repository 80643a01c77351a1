import { type Settings, upstreamRepository } from "../../components/settings/settings";
import { registries } from "./bases";
import { engineVersion } from "./engine/docker";
import { fullDisk } from "./preconditions";
import { reachable } from "./reachable";

/** Less free than this, and builds and containers begin to fail in ways that name anything but the disk. */
const littleBytes = 1e9;

/** What is asked of the world; given by tests. */
export interface Probes {
  readonly reachable: (url: string) => Promise<boolean>;
  readonly engineAnswers: () => Promise<boolean>;
  readonly freeDisk: () => readonly { readonly problem: string; readonly remedy: string }[];
}

/** The usual causes behind an update that failed, as far as they hold now: each a sentence with its remedy. */
export async function usualCauses(settings: Settings, probes: Probes): Promise<string[]> {
  const causes: string[] = [];
  if (!(await probes.engineAnswers()))
    causes.push("The Docker engine no longer answers. Run the command again: it is looked for, or started again.");
  for (const { problem, remedy } of probes.freeDisk()) causes.push(`Free disk space ${problem}. ${remedy}`);
  if (settings.source.kind === "upstream" && !(await probes.reachable(upstreamRepository))) {
    causes.push(
      `${upstreamRepository} is out of reach from here: pulumi config set linnix:source ./path/to/a/checkout (or sample, or auto) --stack ${settings.stack}`,
    );
  }
  if (Object.keys(settings.baseImages).length === 0) {
    const silent: string[] = [];
    for (const registry of registries) if (!(await probes.reachable(registry))) silent.push(new URL(registry).hostname);
    if (silent.length > 0) {
      causes.push(
        `Out of reach: ${silent.join(", ")}, and linnix:bases is registry: pulumi config set linnix:bases auto --stack ${settings.stack}`,
      );
    }
  }
  return causes;
}

/** The probes of this machine; `folder` is where the engine and this project keep their data. */
export function machineProbes(environment: NodeJS.ProcessEnv, folder: string): Probes {
  return {
    reachable: (url) => reachable(url),
    engineAnswers: async () => (await engineVersion(environment)) !== undefined,
    freeDisk: () => fullDisk(folder, littleBytes),
  };
}
