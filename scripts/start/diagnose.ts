import { upstreamRepository } from "../../components/settings/resolve";
import { setCommand } from "../../components/settings/read";
import type { ValidationContext } from "../../components/settings/validate";
import { registries } from "../bases/bases";
import { engineVersion } from "../engine/docker";
import { fullDisk } from "./preconditions";
import { available, reachable } from "../lib/reachable";
import type { Settings } from "../../components/settings/types";

/** With less free space, builds and containers fail with errors that do not mention the disk. */
const littleBytes = 1e9;

/** The probes behind the diagnosis; tests replace them. */
export interface Probes {
  /** Whether a server answers, and whether it has what is at the address. */
  readonly reachable: (url: string) => Promise<boolean>;
  readonly available: (url: string) => Promise<boolean>;
  readonly engineAnswers: () => Promise<boolean>;
  readonly freeDisk: () => readonly { readonly problem: string; readonly remedy: string }[];
}

/** Those of the usual causes of a failed update that apply now, each a sentence with its remedy. */
export async function usualCauses(
  settings: Settings,
  probes: Probes,
  fileOf?: ValidationContext["fileOf"],
): Promise<string[]> {
  const set = (name: string, value: string) => setCommand(name, { stack: settings.stack, fileOf }, value);
  const causes: string[] = [];
  if (!(await probes.engineAnswers()))
    causes.push("The Docker engine no longer answers. Run the command again, which finds or restarts it.");
  for (const { problem, remedy } of probes.freeDisk()) causes.push(`Free disk space ${problem}. ${remedy}`);
  if (settings.prebuilt !== undefined) return causes;
  if (settings.source.kind === "upstream" && !(await probes.available(upstreamRepository))) {
    causes.push(
      `${upstreamRepository} is not reachable. Build a checkout, or \`sample\`: ${set("source", "./path/to/a/checkout")}`,
    );
  }
  if (Object.keys(settings.baseImages).length === 0) {
    const silent: string[] = [];
    for (const registry of registries) if (!(await probes.reachable(registry))) silent.push(new URL(registry).hostname);
    if (silent.length > 0) {
      causes.push(`Not reachable: ${silent.join(", ")}, and linnix:bases is registry: ${set("bases", "auto")}`);
    }
  }
  return causes;
}

/** The probes of this machine; `folder` has the data of the engine and of this project. */
export function machineProbes(environment: NodeJS.ProcessEnv, folder: string): Probes {
  return {
    reachable: (url) => reachable(url),
    available: (url) => available(url),
    engineAnswers: async () => (await engineVersion(environment)) !== undefined,
    freeDisk: () => fullDisk(folder, littleBytes),
  };
}
