import type { Settings } from "../../../settings/types";

const portOf = (https: string): number => Number(new URL(https).port || 443);

/**
 * The TCP ports that the host must reach: 443, those of its registries, and the port in the address of the model or of the model's server. Port 80 is not
 * needed: both systems fetch their packages over TLS. Pure.
 */
export function portsOut({ model, llm }: Pick<Settings, "model" | "llm">, registryPorts: readonly number[]): number[] {
  const modelPorts = llm.kind === "builtin" && model.kind === "fetched" ? [portOf(model.url)] : [];
  if (llm.kind === "external") modelPorts.push(portOf(llm.endpoint));
  return [...new Set([443, ...registryPorts, ...modelPorts])].sort((a, b) => a - b);
}
