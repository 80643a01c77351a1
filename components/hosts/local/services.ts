import { liveProbe, readyProbe } from "../../services/cognitod";
import { llamaProbe } from "../../services/llama";
import { stackName } from "../../services/service";
import { type StackServices, inOrder, loopbackEndpoints, stackServices } from "../../services/stack-services";
import type { Settings } from "../../settings/settings";
import type { LocalPlan } from "./observe";

/** Describes a local stack's containers: the engine keeps their volumes, and gives capabilities to uid 0 only. */
export function localServices(settings: Settings): StackServices {
  return stackServices(settings, { user: "0:0", storage: { kind: "volumes" }, fetchFrom: "host" });
}

/** The names of the volumes, which outlive updates and the stack. */
export function localVolumes(services: StackServices): string[] {
  const names = inOrder(services).flatMap(({ mounts }) =>
    mounts.flatMap((mount) => (mount.kind === "volume" ? [mount.source] : [])),
  );
  return [...new Set(names)];
}

/** Commands to paste into a shell on this machine. */
export function localCommands(settings: Settings) {
  const { stack } = settings;
  const { api, llama } = loopbackEndpoints(settings);
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
export function localPlan(settings: Settings, services: StackServices, images: LocalPlan["images"]): LocalPlan {
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
