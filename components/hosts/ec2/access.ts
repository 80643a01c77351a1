/** Ways in and out of a host that no port is open to: what it reaches, and how a person reaches it. Pure. */
import { loopbackEndpoints } from "../../services/stack-services";
import type { Settings } from "../../settings/settings";
import { logGroup } from "./names";
import type { Ec2Stack } from "./tags";

/** Settings of an EC2 stack. */
export type Ec2StackSettings = Settings & Ec2Stack;

/**
 * The TCP ports that the host must reach: 443, and whatever other port a registry's or the model's address names.
 * Nothing of it goes by plain HTTP: both systems' packages come over TLS.
 */
export function portsOut({ registry, prebuilt, model }: Settings): number[] {
  const registries = [
    ...(registry.kind === "any" ? [registry.address] : []),
    ...(prebuilt === undefined ? [] : [prebuilt.cognitod, prebuilt.llama]),
  ];
  const addresses = [
    ...registries.map((address) => `https://${address}`),
    ...(model.kind === "fetched" ? [model.url] : []),
  ];
  const ports = addresses.map((address) => Number(new URL(address).port || 443));
  return [...new Set([443, ...ports])].sort((a, b) => a - b);
}

/** Commands to paste into a shell of the user's machine (AWS CLI with its Session Manager plugin). */
export function accessCommands(settings: Ec2StackSettings, instanceId: string) {
  const { stack, ports, host } = settings;
  const session = `aws ssm start-session --region ${host.region} --target ${instanceId}`;
  const forward = (port: number) =>
    `${session} --document-name AWS-StartPortForwardingSession --parameters portNumber=${port},localPortNumber=${port}`;
  const { api } = loopbackEndpoints(settings);
  const token = `$(pulumi stack output apiToken --show-secrets --stack ${stack})`;
  return {
    status: `npm run status -- ${stack}`,
    /** Dashboard and API: open `endpoints.api` while it runs. */
    dashboard: forward(ports.api),
    llama: forward(ports.llama),
    health: forward(ports.health),
    shell: session,
    /** Needs `dashboard` to run. */
    insight: `curl -sS --max-time 130 -H "Authorization: Bearer ${token}" ${api}/insights`,
    cognitodLog: `aws logs tail ${logGroup(stack, "cognitod")} --follow --region ${host.region}`,
    llamaLog: `aws logs tail ${logGroup(stack, "llama")} --follow --region ${host.region}`,
    systemLog: `aws logs tail ${logGroup(stack, "system")} --follow --region ${host.region}`,
  };
}
