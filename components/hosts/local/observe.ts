import { parseAnswer, parsePreflight } from "../../health/probe-output";
import type { Answer, Observation, ServiceObservation } from "../../health/report";
import { preflightSeconds } from "../../services/cognitod";
import { docker, lastLogLines } from "./docker-cli";

/** How to look at one service: its container, and the commands of its probes inside it. */
export interface ServicePlan {
  readonly container: string;
  readonly ready: readonly string[];
  readonly live?: readonly string[];
}

/** How to look at a local stack. */
export interface LocalPlan {
  readonly cognitod: ServicePlan;
  readonly llama: ServicePlan;
  /** The preflight's container: started again for each look, since a kernel's answer may change. */
  readonly preflight: string;
  /** Image digests by name. */
  readonly images: Readonly<Record<string, string>>;
}

interface ContainerState {
  readonly Status: string;
  readonly Running: boolean;
  readonly Restarting: boolean;
  readonly OOMKilled: boolean;
  readonly ExitCode: number;
  readonly Error: string;
}

/** A container's state in words. */
export function describeState(state: ContainerState): string {
  if (state.Running && !state.Restarting) return "running";
  const reasons = [state.OOMKilled ? "out of memory" : "", state.Error].filter((reason) => reason !== "");
  return [`${state.Status} (exit status ${state.ExitCode})`, ...reasons].join(", ");
}

async function ask(container: string, command: readonly string[]): Promise<Answer> {
  return parseAnswer((await docker(["exec", container, ...command], 10)).stdout);
}

async function observeService(plan: ServicePlan): Promise<ServiceObservation> {
  const inspected = await docker([
    "container",
    "inspect",
    "--format",
    "{{.RestartCount}} {{json .State}}",
    plan.container,
  ]);
  if (inspected.status !== 0) return { state: "missing", running: false, restarts: 0, log: [] };
  const [count = "0", ...json] = inspected.stdout.trim().split(" ");
  const state = JSON.parse(json.join(" ")) as ContainerState;
  const running = state.Running && !state.Restarting;
  const seen = { state: describeState(state), running, restarts: Number(count) };
  const log = await lastLogLines(plan.container, 15);
  if (!running) return { ...seen, log };
  const ready = await ask(plan.container, plan.ready);
  const live = plan.live === undefined ? undefined : await ask(plan.container, plan.live);
  return { ...seen, log, ready, ...(live === undefined ? {} : { live }) };
}

async function imageBytes(images: Readonly<Record<string, string>>): Promise<Record<string, number>> {
  const sizes = await Promise.all(
    Object.entries(images).map(async ([name, digest]) => {
      const { stdout } = await docker(["image", "inspect", "--format", "{{.Size}}", digest]);
      return [name, Number(stdout.trim())] as const;
    }),
  );
  return Object.fromEntries(sizes.filter(([, bytes]) => bytes > 0));
}

/** Looks at a local stack's containers once, through the engine that runs them. */
export async function observeLocal(plan: LocalPlan): Promise<Observation> {
  const engine = await docker(["version", "--format", "{{.Server.Version}}"], 10);
  if (engine.status !== 0) {
    const nothing = { state: "unknown", running: false, restarts: 0, log: [] };
    const [why = ""] = engine.stderr.trim().split("\n");
    return { unreachable: `the Docker engine doesn't answer: ${why}`, cognitod: nothing, llama: nothing };
  }
  const [cognitod, llama, preflight, sizes] = await Promise.all([
    observeService(plan.cognitod),
    observeService(plan.llama),
    docker(["start", "--attach", plan.preflight], preflightSeconds + 5),
    imageBytes(plan.images),
  ]);
  const result = parsePreflight(preflight.stdout);
  return { cognitod, llama, ...(result === undefined ? {} : { preflight: result }), imageBytes: sizes };
}
