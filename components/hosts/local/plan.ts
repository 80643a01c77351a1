import { defined } from "../../defined";
import { type ServiceName, mapServices, userOf } from "../../services/catalogue";
import type { SecretName } from "../../services/secrets";
import { engineName } from "../../services/service";
import {
  type StackServices,
  healthProbes,
  inOrder,
  loopbackEndpoints,
  stackServices,
} from "../../services/stack-services";
import { logCommands } from "../log-commands";
import type { LocalPlan } from "./observe";
import type { Settings } from "../../settings/types";

/**
 * Describes a local stack's containers. The engine stores their volumes, and grants capabilities to uid 0 only: another user
 * has those of cognitod's binary.
 *
 * @param secrets names of the secrets that the stack has.
 */
export function localServices(settings: Settings, secrets: readonly SecretName[] = ["api-token"]): StackServices {
  const user = settings.cognitodUser === "root" ? "0:0" : userOf("cognitod");
  return stackServices(settings, { user, storage: { kind: "volumes" }, fetchFrom: "host", secrets });
}

/** The names of the volumes, which outlive updates and the stack. */
export function localVolumes(services: StackServices): string[] {
  const names = inOrder(services).flatMap(({ mounts }) =>
    mounts.flatMap((mount) => (mount.kind === "volume" ? [mount.source] : [])),
  );
  return [...new Set(names)];
}

function chatCommand(llama: string): string {
  // llama-server has one slot: an answer without a limit would keep insights waiting for a minute.
  const body = '{"max_tokens":64,"messages":[{"role":"user","content":"Hello"}]}';
  return `curl -sS --max-time 60 ${llama}/v1/chat/completions -H 'Content-Type: application/json' -d '${body}'`;
}

/** The command that prints a service's log; `options` of `docker logs` tell which part of it. */
export function localLog(stack: string, service: ServiceName, ...options: string[]): string[] {
  return ["docker", "logs", ...options, engineName(stack, service)];
}

/** Commands to paste into a shell on this machine. */
export function localCommands(settings: Settings): Readonly<Record<string, string>> {
  const { stack } = settings;
  const { api, llama } = loopbackEndpoints(settings);
  const token = `$(pulumi stack output apiToken --show-secrets --stack ${stack})`;
  return {
    status: `npm run status -- ${stack}`,
    ...(settings.llm.kind === "none"
      ? {}
      : { insight: `curl -sS --max-time 130 -H "Authorization: Bearer ${token}" ${api}/insights` }),
    ...(llama === undefined ? {} : { chat: chatCommand(llama) }),
    ...logCommands(settings.services, (name) => localLog(stack, name, "--follow").join(" ")),
  };
}

/** How the gate and `npm run status` observe a local stack. */
export function localPlan(settings: Settings, services: StackServices, images: LocalPlan["images"]): LocalPlan {
  const plans = mapServices(healthProbes(settings), ({ ready, live, rules }, name) => ({
    container: engineName(settings.stack, name),
    ready: ready.command,
    ...defined({ live: live?.command, rules: rules?.command }),
  }));
  return { ...plans, preflight: services.preflight.name, images };
}
