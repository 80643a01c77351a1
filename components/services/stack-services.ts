import { defined } from "../defined";
import type { LanguageModel } from "../settings/llm/types";
import type { Settings } from "../settings/types";
import { type PerService, serviceNames, services } from "./catalogue";
import {
  cognitodSpec,
  configCheckSpec,
  liveProbe,
  ownerSpec,
  preflightSpec,
  readyProbe,
  requiredChecks,
  rulesProbe,
} from "./cognitod";
import { changedSections, cognitodFiles } from "./cognitod-config";
import type { Proxy } from "./proxy";
import { fetchModelSpec, llamaNetwork, llamaProbe, llamaSpec } from "./llama";
import type { SecretName } from "./secrets";
import type { Probe, ServiceSpec, Storage } from "./service";

/** Every container of a stack. */
export interface StackServices extends PerService<ServiceSpec> {
  readonly preflight: ServiceSpec;
  /** Absent unless the settings have sections of cognitod's configuration. */
  readonly config?: ServiceSpec;
  /** Absent unless the engine stores cognitod's data: any other host makes the folders, with their owner. */
  readonly owner?: ServiceSpec;
  /** Absent when the model is a file of this machine, or there is none. */
  readonly model?: ServiceSpec;
}

/** How a kind of host runs the containers. */
export interface HostProfile {
  /** cognitod's `uid:gid`. */
  readonly user: string;
  readonly storage: Storage;
  /** The network that the model is downloaded through: the host's own, or llama's bridge. */
  readonly fetchFrom: "host" | "bridge";
  /** What the containers reach the internet through. Default: no proxy. */
  readonly proxy?: Proxy | undefined;
  /** Names of the secrets that the stack has. */
  readonly secrets: readonly SecretName[];
}

/** Where cognitod sends its requests; undefined if there is no language model. */
function modelServer(llm: LanguageModel, { ports, model }: Settings): { endpoint: string; model: string } | undefined {
  switch (llm.kind) {
    case "builtin":
      return { endpoint: `http://127.0.0.1:${ports.llama}/v1/chat/completions`, model: model.name };
    case "none":
      return undefined;
    case "external":
      return { endpoint: llm.endpoint, model: llm.model };
  }
}

/** llama-server, and the container that downloads its model. */
function llamaServices(
  settings: Settings,
  { storage, fetchFrom, proxy }: HostProfile,
): Pick<StackServices, "llama" | "model"> {
  const { stack, model, ports } = settings;
  const { name, file } = model;
  const modelPlace = { name, file, ...(model.kind === "file" ? { source: model.path } : {}) };
  const network = fetchFrom === "host" ? ({ kind: "host" } as const) : llamaNetwork(stack, []);
  return {
    llama: llamaSpec({ stack, storage, port: ports.llama, ...settings.llama, model: modelPlace }),
    ...(model.kind === "fetched"
      ? { model: fetchModelSpec({ stack, storage, network, ...model, ...defined({ proxy }) }) }
      : {}),
  };
}

/** Describes a stack's containers. Equal arguments give an equal description. */
export function stackServices(settings: Settings, profile: HostProfile): StackServices {
  const { stack, ports, llm } = settings;
  const sample = settings.source.kind === "sample";
  const cognitod = cognitodSpec({
    stack,
    sample,
    storage: profile.storage,
    ports,
    privileges: settings.privileges,
    user: profile.user,
    ...settings.cognitod,
    ...defined({
      llm: modelServer(llm, settings),
      secrets: profile.secrets.includes("llm-api-key") ? { OPENAI_API_KEY: "llm-api-key" } : undefined,
      files: cognitodFiles(settings, profile.secrets),
      proxy: llm.kind === "external" || profile.secrets.includes("slack-webhook") ? profile.proxy : undefined,
    }),
  });
  const changed = changedSections(settings);
  return {
    cognitod,
    preflight: preflightSpec(cognitod, requiredChecks(sample)),
    ...(changed === undefined ? {} : { config: configCheckSpec(cognitod, changed) }),
    ...(profile.storage.kind === "volumes" ? { owner: ownerSpec(cognitod) } : {}),
    ...(llm.kind === "builtin" ? llamaServices(settings, profile) : {}),
  };
}

/** In the order in which they start: each service after the containers of its image that run once. */
export function inOrder(specs: StackServices): ServiceSpec[] {
  return serviceNames.flatMap((service) => [
    ...services[service].jobs.flatMap((job) => specs[job] ?? []),
    ...(specs[service] === undefined ? [] : [specs[service]]),
  ]);
}

/** How the health of a service is probed. */
export interface HealthProbes {
  /** Decides on its health. Runs inside its container, as {@link HealthProbes.live} does. */
  readonly ready: Probe;
  /** Proves only that the process lives. */
  readonly live?: Probe;
  /** Answers with the number of active alert rules. */
  readonly rules?: Probe;
  /** The address that `ready` asks, on the machine that runs the service or forwards its ports. */
  readonly endpoint: string;
}

/** The probes of every service of the stack. */
export function healthProbes({
  ports,
  services: running,
}: Pick<Settings, "ports" | "services">): PerService<HealthProbes> {
  const { health, llamaHealth } = loopbackEndpoints({ ports, services: running });
  return {
    cognitod: {
      ready: readyProbe(ports.health),
      live: liveProbe(ports.health),
      rules: rulesProbe(ports.api),
      endpoint: health,
    },
    ...(llamaHealth === undefined ? {} : { llama: { ready: llamaProbe(ports.llama), endpoint: llamaHealth } }),
  };
}

/** Addresses of the services on the machine that runs them or forwards their ports. */
export interface Endpoints {
  readonly api: string;
  readonly health: string;
  readonly metrics: string;
  /** Absent, as `llamaHealth` is, if the stack does not run llama-server. */
  readonly llama?: string;
  readonly llamaHealth?: string;
}

/** The addresses of the services that the stack runs. */
export function loopbackEndpoints({ ports, services: running }: Pick<Settings, "ports" | "services">): Endpoints {
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return {
    api: at(ports.api),
    health: `${at(ports.health)}/readyz`,
    metrics: `${at(ports.health)}/metrics/prometheus`,
    ...(running.includes("llama") ? { llama: at(ports.llama), llamaHealth: `${at(ports.llama)}/health` } : {}),
  };
}
