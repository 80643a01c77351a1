/** The part of AWS that a rollout uses, as an interface over plain data. ssm-client.ts implements it on the AWS SDK. */

/** A parameter's value and version. */
export interface ParameterValue {
  readonly value: string;
  /** Incremented by each write. Compared instead of times, because the clocks of two machines differ. */
  readonly version: number;
  /** ISO 8601, by the store's clock. */
  readonly modified: string;
}

/** A command for a host: a document, whose script `/bin/sh` runs there as root. */
export interface CommandRequest {
  readonly instanceId: string;
  /** Shown in the console's list of commands. */
  readonly comment: string;
  /** Name of the document. */
  readonly document: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The agent kills the script after this time. */
  readonly executionSeconds: number;
}

/** State of a command. */
export interface Invocation {
  /** `Pending`, `InProgress`, `Delayed`, `Cancelling`; then `Success`, `Failed`, `TimedOut` or `Cancelled`. */
  readonly status: string;
  /** The same in more detail: `Execution Timed Out`, `Delivery Timed Out`, `Undeliverable`. */
  readonly detail: string;
  /** -1 if there is none. */
  readonly exitCode: number;
  /** The first 24,000 characters only. */
  readonly stdout: string;
  /** The first 8,000 characters only. */
  readonly stderr: string;
}

/** State of an instance. `unknown` if the caller is not allowed to query it. */
export interface InstanceView {
  readonly state: "pending" | "running" | "stopping" | "stopped" | "shutting-down" | "terminated" | "gone" | "unknown";
  /** `absent`: it has never registered with Systems Manager. */
  readonly agent: "online" | "lost" | "absent" | "unknown";
  /** When the agent reported last, ISO 8601. */
  readonly lastPing?: string;
}

/** Parameters, commands and instances of one region. A failed call throws an Error; see {@link isTransient}. */
export interface Ssm {
  /** Writes a plain parameter, up to 8 KB. */
  readonly putParameter: (name: string, value: string) => Promise<void>;
  /** Undefined if there is no such parameter. */
  readonly getParameter: (name: string) => Promise<ParameterValue | undefined>;
  /** Ignores parameters that do not exist. */
  readonly deleteParameters: (names: readonly string[]) => Promise<void>;
  /** The command's id; undefined if the instance is not registered (yet, or any more). */
  readonly sendCommand: (request: CommandRequest) => Promise<string | undefined>;
  /** Undefined while Systems Manager does not know the command on this instance. */
  readonly invocation: (commandId: string, instanceId: string) => Promise<Invocation | undefined>;
  readonly instance: (instanceId: string) => Promise<InstanceView>;
}

/** Time in seconds; tests replace it. */
export interface Clock {
  readonly now: () => number;
  readonly sleep: (seconds: number) => Promise<void>;
}

/** What every step of a rollout uses. */
export interface RolloutContext {
  readonly ssm: Ssm;
  readonly clock: Clock;
  readonly region: string;
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
}

/** Whether a failed call is worth repeating: it was throttled, or the network was unreachable. */
export function isTransient(error: unknown): boolean {
  return typeof error === "object" && error !== null && (error as { transient?: unknown }).transient === true;
}
