import * as pulumi from "@pulumi/pulumi";

import { sameValue } from "../../canonical";
import { docker } from "./docker-cli";

/** What `docker info` says of an engine, as far as it matters here. */
interface EngineInfo {
  readonly ID?: string;
  readonly ServerVersion?: string;
  readonly SecurityOptions?: readonly string[] | null;
}

/** Inputs of the check. */
interface EngineInputs {
  /** The ports that the stack publishes on 127.0.0.1. */
  readonly ports: readonly number[];
}

/** The check's state: its inputs, and the engine that was checked. */
interface EngineState extends EngineInputs {
  readonly engine?: string;
}

/** The first version whose published ports on 127.0.0.1 cannot be reached from another machine. */
const closedVersion = 28;

/** Why an engine cannot run cognitod at all, and what to do; undefined if it can. */
export function engineProblem(info: EngineInfo): string | undefined {
  const options = (info.SecurityOptions ?? []).map((option) => option.split(",")[0]);
  const elsewhere = "or set DOCKER_HOST to an engine without it";
  if (options.includes("name=userns")) {
    return `the Docker engine runs containers in a user namespace (userns-remap), in which the kernel grants no eBPF privileges and no view of the host's processes: remove "userns-remap" from the engine's daemon.json and restart it, ${elsewhere}`;
  }
  if (options.includes("name=rootless")) {
    return `the Docker engine runs without root (rootless mode), so the kernel grants its containers no eBPF privileges: set DOCKER_HOST to the system's engine`;
  }
  return undefined;
}

/** Who can reach the published ports beside this machine, with an engine that forwards their packets; undefined if nobody. */
export function engineWarning({ ServerVersion = "" }: EngineInfo, ports: readonly number[]): string | undefined {
  const major = Number(/^\d+/.exec(ServerVersion)?.[0] ?? closedVersion);
  if (ports.length === 0 || major >= closedVersion) return undefined;
  const published = ports.length === 1 ? `this is port ${ports.join()}` : `these are ports ${ports.join(", ")}`;
  return `the Docker engine is version ${ServerVersion}: until 28, engines let other machines of the same network segment reach what is published on 127.0.0.1, unless a firewall prevents it. Here, ${published}. Use Docker 28 or newer, or the firewall rules in docs/SECURITY.md, "What is not promised"`;
}

/** What an engine is recognised by: another one, or one with other security options, is checked again. */
const identity = ({ ID = "", ServerVersion = "", SecurityOptions }: EngineInfo): string =>
  [ID, ServerVersion, ...(SecurityOptions ?? [])].join(" ");

/** Undefined if the engine does not answer, which is reported by what uses it next. */
async function engineInfo(): Promise<EngineInfo | undefined> {
  const { status, stdout } = await docker(["info", "--format", "{{json .}}"], 20);
  return status === 0 ? (JSON.parse(stdout) as EngineInfo) : undefined;
}

/** @throws if the engine cannot run cognitod. */
async function checkEngine({ ports }: EngineInputs): Promise<EngineState> {
  const info = await engineInfo();
  if (info === undefined) return { ports };
  const problem = engineProblem(info);
  if (problem !== undefined) throw new Error(problem);
  const warning = engineWarning(info, ports);
  // The engine shows what a provider prints on standard output as progress of the update.
  if (warning !== undefined) console.log(`warning: ${warning}`);
  return { ports, engine: identity(info) };
}

/** The provider of {@link EngineCheck}. */
export const engineProvider = {
  async create(inputs: EngineInputs) {
    return { id: "engine", outs: await checkEngine(inputs) };
  },
  async update(_id: string, _state: EngineState, inputs: EngineInputs) {
    return { outs: await checkEngine(inputs) };
  },
  async diff(_id: string, state: EngineState, inputs: EngineInputs) {
    const info = await engineInfo();
    const isOther = info !== undefined && identity(info) !== state.engine;
    return { changes: isOther || !sameValue(state.ports, inputs.ports) };
  },
} satisfies pulumi.dynamic.ResourceProvider;

/**
 * Refuses an engine that cannot run cognitod, before anything is created on it, and says so if others can reach the services.
 * Checks again when the stack moves to another engine, or the engine changes.
 */
export class EngineCheck extends pulumi.dynamic.Resource {
  constructor(name: string, inputs: EngineInputs, options?: pulumi.CustomResourceOptions) {
    super(engineProvider, name, { ...inputs, engine: undefined }, options, "linnix", "EngineCheck");
  }
}
