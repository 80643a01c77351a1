import type { Settings } from "../settings/settings";
import { cognitodSpec, preflightSpec, requiredChecks } from "./cognitod";
import { fetchModelSpec, llamaNetwork, llamaSpec } from "./llama";
import type { ServiceSpec, Storage } from "./service";

/** Every container of a stack. */
export interface StackServices {
  readonly preflight: ServiceSpec;
  readonly cognitod: ServiceSpec;
  /** Absent when the model is a file of this machine. */
  readonly model?: ServiceSpec;
  readonly llama: ServiceSpec;
}

/** How a kind of host runs them. */
export interface Place {
  /** cognitod's `uid:gid`. */
  readonly user: string;
  readonly storage: Storage;
  /** A file of the host that replaces cognitod's configuration. */
  readonly configFile?: string;
  /** Whether the model is fetched through the host's own network, or through llama's bridge. */
  readonly fetchFrom: "host" | "bridge";
}

/** Describes a stack's containers. Pure: the same settings and place give the same description. */
export function stackServices(settings: Settings, place: Place): StackServices {
  const { stack, model, ports } = settings;
  const { storage } = place;
  const sample = settings.source.kind === "sample";
  const cognitod = cognitodSpec({
    ...{ stack, sample, storage, ports, privileges: settings.privileges, user: place.user },
    ...settings.cognitod,
    llm: { port: ports.llama, model: model.name },
    ...(place.configFile === undefined ? {} : { configFile: place.configFile }),
  });
  const modelPlace = model.kind === "file" ? { name: model.name, file: model.path } : { name: model.name };
  const network = place.fetchFrom === "host" ? ({ kind: "host" } as const) : llamaNetwork(stack, []);
  return {
    cognitod,
    preflight: preflightSpec(cognitod, requiredChecks(sample)),
    llama: llamaSpec({ stack, storage, port: ports.llama, ...settings.llama, model: modelPlace }),
    ...(model.kind === "fetched" ? { model: fetchModelSpec({ stack, storage, network, ...model }) } : {}),
  };
}

/** In the order in which they start; for renderings of the whole. */
export function inOrder(services: StackServices): ServiceSpec[] {
  const { preflight, cognitod, model, llama } = services;
  return [preflight, cognitod, ...(model === undefined ? [] : [model]), llama];
}

/** Where the services answer on the machine that runs them, or that forwards their ports. */
export function loopbackEndpoints({ ports }: Pick<Settings, "ports">) {
  return {
    api: `http://127.0.0.1:${ports.api}`,
    health: `http://127.0.0.1:${ports.health}/readyz`,
    metrics: `http://127.0.0.1:${ports.health}/metrics/prometheus`,
    llama: `http://127.0.0.1:${ports.llama}`,
    llamaHealth: `http://127.0.0.1:${ports.llama}/health`,
  };
}
