/** What a rollout needs of AWS, as plain data: the real one is aws-ssm.ts, a test's is loopback. */

/** A parameter's value, with what tells whether it is a new one. */
export interface ParameterValue {
  readonly value: string;
  /** Counts up with each write; compared instead of times, which two machines never agree on. */
  readonly version: number;
  /** ISO 8601, by the store's clock. */
  readonly modified: string;
}

/** A script for a host, run by `/bin/sh` as root. */
export interface CommandRequest {
  readonly instanceId: string;
  /** What the console's list of commands shows. */
  readonly comment: string;
  readonly script: string;
  /** After so many seconds the agent kills it. */
  readonly executionSeconds: number;
}

/** How far a command is. */
export interface Invocation {
  /** `Pending`, `InProgress`, `Delayed`, `Cancelling`; then `Success`, `Failed`, `TimedOut` or `Cancelled`. */
  readonly status: string;
  /** The same in more detail: `Execution Timed Out`, `Delivery Timed Out`, `Undeliverable`. */
  readonly detail: string;
  /** -1 when there is none. */
  readonly exitCode: number;
  /** The first 24,000 characters only. */
  readonly stdout: string;
  /** The first 8,000 characters only. */
  readonly stderr: string;
}

/** What AWS knows of an instance. `unknown` where the caller may not ask. */
export interface InstanceView {
  readonly state: "pending" | "running" | "stopping" | "stopped" | "shutting-down" | "terminated" | "gone" | "unknown";
  /** `absent`: it has never registered with Systems Manager. */
  readonly agent: "online" | "lost" | "absent" | "unknown";
  /** ISO 8601, when the agent was heard of last. */
  readonly lastPing?: string;
}

/** Parameters, commands and instances of one region. A call that fails throws an Error; {@link isTransient} tells more. */
export interface Ssm {
  /** Writes a plain parameter, up to 8 KB. */
  readonly putParameter: (name: string, value: string) => Promise<void>;
  /** Nothing when there is no such parameter. */
  readonly getParameter: (name: string) => Promise<ParameterValue | undefined>;
  /** Those that aren't there are passed over. */
  readonly deleteParameters: (names: readonly string[]) => Promise<void>;
  /** The command's id; nothing when the instance isn't registered (any more, or yet). */
  readonly sendCommand: (request: CommandRequest) => Promise<string | undefined>;
  /** Nothing while the command isn't known there. */
  readonly invocation: (commandId: string, instanceId: string) => Promise<Invocation | undefined>;
  readonly instance: (instanceId: string) => Promise<InstanceView>;
}

/** Time, in seconds; a test has its own. */
export interface Clock {
  readonly now: () => number;
  readonly sleep: (seconds: number) => Promise<void>;
}

/** What every step of a rollout works with. */
export interface Tools {
  readonly ssm: Ssm;
  readonly clock: Clock;
  readonly region: string;
  /** A line of progress. */
  readonly say: (line: string) => void;
}

/** Whether a failed call is worth another try: throttled, or the network was away. */
export function isTransient(error: unknown): boolean {
  return typeof error === "object" && error !== null && (error as { transient?: unknown }).transient === true;
}

/** The parameters of a stack that the rollout and the host talk through. */
export function parameterNames(prefix: string) {
  return { desired: `${prefix}/desired`, result: `${prefix}/result`, health: `${prefix}/health` };
}
