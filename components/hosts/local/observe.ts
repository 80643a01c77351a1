import { defined } from "../../defined";
import { parseAnswer, parsePreflight } from "../../health/probe-output";
import type { Answer, Observation, ServiceObservation } from "../../health/observation";
import { type PerService, mapServices, serviceNames } from "../../services/catalogue";
import { preflightSeconds } from "../../services/cognitod";
import { docker, lastLogLines } from "./docker-cli";

/** How to observe one service: its container, and the commands of its probes inside it. */
export interface ServicePlan {
  readonly container: string;
  readonly ready: readonly string[];
  readonly live?: readonly string[];
  readonly rules?: readonly string[];
}

/** How to observe a local stack. */
export interface LocalPlan extends PerService<ServicePlan> {
  /** The preflight's container: started again for each observation, because a kernel's result may change. */
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

async function runProbe(container: string, command: readonly string[]): Promise<Answer> {
  return parseAnswer((await docker(["exec", container, ...command], 10)).stdout);
}

async function observeService(plan: ServicePlan, image: string | undefined): Promise<ServiceObservation> {
  const inspected = await docker([
    "container",
    "inspect",
    "--format",
    "{{.RestartCount}} {{.Image}} {{.Config.Image}} {{json .State}}",
    plan.container,
  ]);
  if (inspected.status !== 0) return { state: "missing", running: false, restarts: 0, log: [] };
  const [count = "0", id = "", name = "", ...json] = inspected.stdout.trim().split(" ");
  const state = JSON.parse(json.join(" ")) as ContainerState;
  const running = state.Running && !state.Restarting;
  // The engine knows an image by its id, and the container by what it was made from: either one is the deployed image's.
  const otherImage = image === undefined || image === id || image === name ? undefined : name;
  const seen = { state: describeState(state), running, restarts: Number(count), ...defined({ otherImage }) };
  const log = await lastLogLines(plan.container, 15);
  if (!running) return { ...seen, log };
  const ready = await runProbe(plan.container, plan.ready);
  const live = plan.live === undefined ? undefined : await runProbe(plan.container, plan.live);
  const rules = plan.rules === undefined ? undefined : await runProbe(plan.container, plan.rules);
  return { ...seen, log, ready, ...defined({ live, rules }) };
}

async function observeServices(plan: LocalPlan): Promise<PerService<ServiceObservation>> {
  const observed = serviceNames.flatMap((name) => {
    const service = plan[name];
    return service === undefined
      ? []
      : [observeService(service, plan.images[name]).then((seen) => [name, seen] as const)];
  });
  return Object.fromEntries(await Promise.all(observed)) as unknown as PerService<ServiceObservation>;
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

/** Observes a local stack's containers once, through the engine that runs them. */
export async function observeLocal(plan: LocalPlan): Promise<Observation> {
  const engine = await docker(["version", "--format", "{{.Server.Version}}"], 10);
  if (engine.status !== 0) {
    const unknown = mapServices(plan, () => ({ state: "unknown", running: false, restarts: 0, log: [] }));
    const [why = ""] = engine.stderr.trim().split("\n");
    return { unreachable: `the Docker engine doesn't answer: ${why}`, ...unknown };
  }
  const [services, preflight, sizes] = await Promise.all([
    observeServices(plan),
    docker(["start", "--attach", plan.preflight], preflightSeconds + 5),
    imageBytes(plan.images),
  ]);
  return { ...services, ...defined({ preflight: parsePreflight(preflight.stdout) }), imageBytes: sizes };
}
