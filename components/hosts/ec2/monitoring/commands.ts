/** How people reach a host that has no open port. Pure. */
import { loopbackEndpoints } from "../../../services/stack-services";
import { logCommands } from "../../log-commands";
import { type Ec2StackSettings, type LogPart, logGroup } from "../stack";

/** The command that opens a shell on the host. */
export function shellSession(region: string, instanceId: string): string[] {
  return ["aws", "ssm", "start-session", "--region", region, "--target", instanceId];
}

/**
 * The command that forwards a port of the host's loopback interface to one of this machine's, until it is interrupted.
 * Without a local port it takes a free one and prints it.
 */
export function portForwarding(region: string, instanceId: string, port: number, localPort?: number): string[] {
  const parameters = `portNumber=${port}${localPort === undefined ? "" : `,localPortNumber=${localPort}`}`;
  const document = ["--document-name", "AWS-StartPortForwardingSession", "--parameters", parameters];
  return [...shellSession(region, instanceId), ...document];
}

/** The command that prints the newest lines of a log group; `options` of `aws logs tail` tell which. */
export function logTail(region: string, group: string, ...options: string[]): string[] {
  return ["aws", "logs", "tail", group, ...options, "--region", region];
}

/** Commands for a shell on the user's machine. They need the AWS CLI with its Session Manager plugin. */
export function accessCommands(settings: Ec2StackSettings, instanceId: string): Readonly<Record<string, string>> {
  const { stack, ports, host } = settings;
  const forward = (port: number) => portForwarding(host.region, instanceId, port, port).join(" ");
  const { api } = loopbackEndpoints(settings);
  const followLog = (part: LogPart) => logTail(host.region, logGroup(stack, part), "--follow").join(" ");
  const token = `$(pulumi stack output apiToken --show-secrets --stack ${stack})`;
  return {
    status: `npm run status -- ${stack}`,
    /** For dashboard and API: open `endpoints.api` while it runs. */
    dashboard: forward(ports.api),
    ...(settings.services.includes("llama") ? { llama: forward(ports.llama) } : {}),
    health: forward(ports.health),
    shell: shellSession(host.region, instanceId).join(" "),
    // Works while `dashboard` runs.
    ...(settings.llm.kind === "none"
      ? {}
      : { insight: `curl -sS --max-time 130 -H "Authorization: Bearer ${token}" ${api}/insights` }),
    ...logCommands(settings.services, followLog),
    systemLog: followLog("system"),
  };
}
