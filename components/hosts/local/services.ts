import { cognitodSpec, liveProbe, preflightSpec, readyProbe, requiredChecks } from "../../services/cognitod";
import { fetchModelSpec, llamaProbe, llamaSpec } from "../../services/llama";
import { type ServiceSpec, stackName } from "../../services/service";
import type { Settings } from "../../settings/settings";
import type { LocalPlan } from "./observe";

/** Every container of a local stack. */
export interface LocalServices {
  readonly preflight: ServiceSpec;
  readonly cognitod: ServiceSpec;
  /** Absent when the model is a file of this machine. */
  readonly model?: ServiceSpec;
  readonly llama: ServiceSpec;
}

/** Describes a local stack's containers. Pure: the same settings give the same description. */
export function localServices(settings: Settings): LocalServices {
  const { stack, model, ports } = settings;
  const sample = settings.source.kind === "sample";
  const cognitod = cognitodSpec({
    ...{ stack, sample, privileges: settings.privileges, ports },
    ...settings.cognitod,
    llm: { port: ports.llama, model: model.name },
  });
  const place = model.kind === "file" ? { name: model.name, file: model.path } : { name: model.name };
  return {
    cognitod,
    preflight: preflightSpec(cognitod, requiredChecks(sample)),
    llama: llamaSpec({ stack, port: ports.llama, ...settings.llama, model: place }),
    ...(model.kind === "fetched" ? { model: fetchModelSpec({ stack, ...model }) } : {}),
  };
}

/** In the order in which they start; for renderings of the whole. */
export function inOrder(services: LocalServices): ServiceSpec[] {
  const { preflight, cognitod, model, llama } = services;
  return [preflight, cognitod, ...(model === undefined ? [] : [model]), llama];
}

/** The names of the volumes, which outlive updates and the stack. */
export function localVolumes(services: LocalServices): string[] {
  const names = inOrder(services).flatMap(({ mounts }) =>
    mounts.flatMap((mount) => (mount.kind === "volume" ? [mount.source] : [])),
  );
  return [...new Set(names)];
}

/** Where a person reaches the services. */
export function localEndpoints({ ports }: Settings) {
  return {
    api: `http://127.0.0.1:${ports.api}`,
    health: `http://127.0.0.1:${ports.health}/readyz`,
    metrics: `http://127.0.0.1:${ports.health}/metrics/prometheus`,
    llama: `http://127.0.0.1:${ports.llama}`,
    llamaHealth: `http://127.0.0.1:${ports.llama}/health`,
  };
}

/** Commands to paste into a shell on this machine. */
export function localCommands(settings: Settings) {
  const { stack } = settings;
  const { api, llama } = localEndpoints(settings);
  const token = `$(pulumi stack output apiToken --show-secrets --stack ${stack})`;
  return {
    status: `npm run status -- ${stack}`,
    insight: `curl -sS --max-time 130 -H "Authorization: Bearer ${token}" ${api}/insights`,
    chat: `curl -sS ${llama}/v1/chat/completions -H 'Content-Type: application/json' -d '{"messages":[{"role":"user","content":"Hello"}]}'`,
    cognitodLog: `docker logs --follow ${stackName(stack, "cognitod")}`,
    llamaLog: `docker logs --follow ${stackName(stack, "llama")}`,
  };
}

/** How the gate and `npm run status` look at a local stack. */
export function localPlan(settings: Settings, services: LocalServices, images: LocalPlan["images"]): LocalPlan {
  return {
    cognitod: {
      container: services.cognitod.name,
      ready: readyProbe(settings.ports.health).command,
      live: liveProbe(settings.ports.health).command,
    },
    llama: { container: services.llama.name, ready: llamaProbe(settings.ports.llama).command },
    preflight: services.preflight.name,
    images,
  };
}
