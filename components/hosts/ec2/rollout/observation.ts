/** What `linnix-release status --json` prints, and what it means for the health report. Pure. */
import type { Answer, Observation, PreflightResult, ServiceObservation } from "../../../health/report";
import { parsePreflight } from "../../../health/probe-output";
import { stackName } from "../../../services/service";

/** One service as the host sees it. */
export interface HostService {
  readonly state: string;
  readonly running: boolean;
  readonly restarts: number;
  readonly ready: Answer | null;
  readonly live: Answer | null;
  readonly log: readonly string[];
}

/** The host's view of itself. */
export interface HostObservation {
  readonly schema: number;
  /** What runs; null before the first release. */
  readonly release: string | null;
  /** What is to run, as far as the host knows. */
  readonly desired: string | null;
  readonly kernel: string;
  /** A sentence each. */
  readonly problems: readonly string[];
  readonly memoryUsedPercent: number;
  readonly rootUsedPercent: number;
  readonly dataUsedPercent: number | null;
  /** By name of the step. */
  readonly services: Readonly<Record<string, HostService>>;
  readonly steps: Readonly<Record<string, { readonly exitCode: number; readonly output: string }>>;
  readonly healthy: boolean;
}

/** Nothing could be seen, for this reason. */
export function unseen(reason: string): Observation {
  const nothing = { state: "unknown", running: false, restarts: 0, log: [] };
  return { unreachable: reason, cognitod: nothing, llama: nothing };
}

function serviceOf(seen: HostService | undefined): ServiceObservation {
  if (seen === undefined) return { state: "missing", running: false, restarts: 0, log: [] };
  const { state, running, restarts, ready, live, log } = seen;
  return {
    ...{ state, running, restarts, log },
    ...(ready === null ? {} : { ready }),
    ...(live === null ? {} : { live }),
  };
}

/** The host's view in the terms of the health report. */
export function toObservation(host: HostObservation, stack: string): Observation {
  const part = (name: string): string => stackName(stack, name);
  const preflight: PreflightResult | undefined = parsePreflight(host.steps[part("preflight")]?.output ?? "");
  return {
    ...(preflight === undefined ? {} : { preflight }),
    cognitod: serviceOf(host.services[part("cognitod")]),
    llama: serviceOf(host.services[part("llama")]),
    ...(host.release === null ? {} : { release: host.release }),
    kernel: host.kernel,
    problems: host.problems,
  };
}
