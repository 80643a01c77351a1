/** What can be asked of a host without changing it, and the commands that answer. Pure. */
import { type ServiceName, serviceNames } from "../../../services/catalogue";
import { stackName } from "../../../services/service";
import type { CommandRequest } from "./ssm";

/** Its observation of itself, the releases that it applied, or the end of a service's log. */
export type Look = "status" | "history" | `${ServiceName}-log`;

/** Lines of a service's log. */
export const lookedLogLines = 200;

/** Name of a stack's document. */
export const lookName = (stack: string): string => stackName(stack, "look");

/** How long an answer may take, in seconds. */
export const lookSeconds = 90;

/** The command of each look. */
export function lookCommands(stack: string): Readonly<Record<Look, string>> {
  const log = (service: ServiceName) => `docker logs --tail ${lookedLogLines} ${stackName(stack, service)} 2>&1`;
  return {
    status: "/usr/local/sbin/linnix-release status --json",
    history: "/usr/local/sbin/linnix-release history --json",
    ...(Object.fromEntries(serviceNames.map((service) => [`${service}-log`, log(service)])) as Record<
      `${ServiceName}-log`,
      string
    >),
  };
}

/**
 * Packs what a command prints, and keeps its exit status. It is compressed because Systems Manager keeps only the first 24,000
 * characters of a command's output.
 */
export function packedScript(command: string): string {
  return [`out=$(${command})`, "status=$?", `printf %s "$out" | gzip -9 | base64 -w 0`, "exit $status"].join("\n");
}

/** A stack's host, and the document through which it is asked. */
export interface Looked {
  readonly stack: string;
  readonly instanceId: string;
  /** Name of the stack's Systems Manager document. */
  readonly lookDocument: string;
}

/** The command that asks a host. */
export function lookRequest({ stack, instanceId, lookDocument }: Looked, look: Look): CommandRequest {
  return {
    instanceId,
    comment: `linnix ${stack}: ${look}`,
    document: lookDocument,
    parameters: { look },
    executionSeconds: lookSeconds,
  };
}
