/** What a stack says of its health, on every kind of host, and how it is concluded from what was seen. Pure. */
import { sameValue } from "../canonical";

/** One check of the preflight, as `linnix-preflight` prints it. */
export interface PreflightCheck {
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy: string | null;
}

/** The preflight's one line of JSON. */
export interface PreflightResult {
  readonly ok: boolean;
  readonly kernel: { readonly release: string };
  readonly missing: readonly string[];
  readonly checks: Readonly<Record<string, PreflightCheck>>;
}

/** A probe's answer: the HTTP status, 0 when there was none, and the body. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One service as it was seen. */
export interface ServiceObservation {
  /** The container's state in a word or a sentence: `running`, `exited (137), out of memory`, `missing`. */
  readonly state: string;
  readonly running: boolean;
  /** How often the engine has started it again. */
  readonly restarts: number;
  /** The answer of the probe that decides on health; absent when it could not be asked. */
  readonly ready?: Answer;
  /** The answer that proves only that the process lives. */
  readonly live?: Answer;
  /** The last lines that it logged. */
  readonly log: readonly string[];
}

/** Everything seen of a host at one moment. */
export interface Observation {
  /** Why nothing could be seen, when so: the engine doesn't answer, say. */
  readonly unreachable?: string;
  readonly preflight?: PreflightResult;
  readonly cognitod: ServiceObservation;
  readonly llama: ServiceObservation;
  /** The release that the host itself says it runs; absent where nothing but this program's state knows one. */
  readonly release?: string;
  /** The kernel's release, where it is known without the preflight. */
  readonly kernel?: string;
  /** What else the host finds wrong with itself, a sentence each. */
  readonly problems?: readonly string[];
  /** The images' sizes in bytes, by name, where the host can tell. */
  readonly imageBytes?: Readonly<Record<string, number>>;
}

/** `degraded`: it runs, but this kernel lacks what its probes need. */
export type Status = "healthy" | "degraded" | "unhealthy" | "unreachable";

/** The report that every stack exports as `health`. */
export interface HealthReport {
  /** Both services are healthy, and nothing else is wrong with the host. */
  readonly healthy: boolean;
  /** Hash of what was deployed. */
  readonly release: string;
  /** ISO 8601: when this status began. */
  readonly since: string;
  readonly kernel: {
    readonly release: string;
    readonly btf: boolean;
    readonly tracefs: boolean;
    readonly psi: boolean;
    readonly preflight: "passed" | "failed" | "skipped";
  };
  readonly cognitod: {
    readonly status: Status;
    readonly kernelInstrumentation: string;
    readonly transport: string;
    readonly detail: string;
    readonly endpoint: string;
  };
  readonly llama: {
    readonly status: Status;
    readonly model: string;
    readonly detail: string;
    readonly endpoint: string;
  };
  /** What else is wrong with the host, a sentence each; absent when nothing is. */
  readonly problems?: readonly string[];
}

/** What is known of a deployment beforehand. */
export interface Expectation {
  readonly release: string;
  /** The stand-in daemon: its report must say so. */
  readonly sample: boolean;
  readonly model: string;
  readonly endpoints: { readonly cognitod: string; readonly llama: string };
}

function fields(body: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body ?? "");
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const text = (value: unknown, otherwise: string): string =>
  typeof value === "string" && value !== "" ? value : otherwise;

/** The remedies of the required checks that failed, each named. */
export function preflightRemedies(preflight: PreflightResult | undefined): string[] {
  return (preflight?.missing ?? []).map((name) => {
    const check = preflight?.checks[name];
    return `${name}: ${check?.detail ?? "failed"}${check?.remedy ? `; ${check.remedy}` : ""}`;
  });
}

/** That the host runs something else than was deployed; nothing when it doesn't, or can't tell. */
function otherRelease(seen: Observation, expected: Expectation): string | undefined {
  return seen.release === undefined || seen.release === expected.release
    ? undefined
    : `the host runs release ${seen.release}, not ${expected.release}: \`pulumi up --refresh\` rolls it out again`;
}

function judgeCognitod(seen: Observation, expected: Expectation): Omit<HealthReport["cognitod"], "endpoint"> {
  const { sample } = expected;
  const { ready, live, state, running } = seen.cognitod;
  const readiness = fields(ready?.body);
  const liveness = fields(live?.body);
  const note = (detail: string) => (sample ? `sample daemon, not Linnix: ${detail}` : detail);
  const told = {
    kernelInstrumentation: text(readiness.kernel_instrumentation ?? liveness.kernel_instrumentation, "unknown"),
    transport: text(readiness.transport ?? liveness.transport, "unknown"),
  };
  if (seen.unreachable !== undefined) return { ...told, status: "unreachable", detail: seen.unreachable };
  if (!running) return { ...told, status: "unhealthy", detail: note(`container is ${state}`) };
  const other = otherRelease(seen, expected);
  if (other !== undefined) return { ...told, status: "unhealthy", detail: note(other) };
  if (ready?.status === 200) return { ...told, status: "healthy", detail: note("ready") };
  if (ready === undefined || ready.status === 0) {
    return { ...told, status: "unreachable", detail: note("no answer on /readyz") };
  }
  const reason = text(readiness.reason, `/readyz answered ${ready.status}`);
  // It lives and says why it isn't ready; whether the kernel is to blame is what the preflight found out by itself.
  if (live?.status === 200 && seen.preflight?.ok === false) {
    return { ...told, status: "degraded", detail: note([reason, ...preflightRemedies(seen.preflight)].join("; ")) };
  }
  return { ...told, status: "unhealthy", detail: note(reason) };
}

function judgeLlama(seen: Observation, expected: Expectation): Omit<HealthReport["llama"], "endpoint"> {
  const { model } = expected;
  const { ready, state, running } = seen.llama;
  if (seen.unreachable !== undefined) return { status: "unreachable", model, detail: seen.unreachable };
  if (!running) return { status: "unhealthy", model, detail: `container is ${state}` };
  const other = otherRelease(seen, expected);
  if (other !== undefined) return { status: "unhealthy", model, detail: other };
  if (ready?.status === 200) return { status: "healthy", model, detail: "model loaded" };
  if (ready === undefined || ready.status === 0)
    return { status: "unreachable", model, detail: "no answer on /health" };
  const error = fields(ready.body).error;
  const said = typeof error === "object" && error !== null ? (error as { message?: unknown }).message : undefined;
  return { status: "unhealthy", model, detail: text(said, `/health answered ${ready.status}`) };
}

function unchanged(a: HealthReport, b: HealthReport): boolean {
  return sameValue({ ...a, since: "" }, { ...b, since: "" });
}

/** Concludes a report from what was seen. `previous` keeps `since` where nothing has changed; `now` is ISO 8601. */
export function judge(seen: Observation, expected: Expectation, now: string, previous?: HealthReport): HealthReport {
  const cognitod = { ...judgeCognitod(seen, expected), endpoint: expected.endpoints.cognitod };
  const llama = { ...judgeLlama(seen, expected), endpoint: expected.endpoints.llama };
  const { preflight, problems = [] } = seen;
  const passed = (name: string): boolean => preflight?.checks[name]?.ok === true;
  const report: HealthReport = {
    healthy: cognitod.status === "healthy" && llama.status === "healthy" && problems.length === 0,
    release: expected.release,
    since: now,
    kernel: {
      release: preflight?.kernel.release ?? seen.kernel ?? "unknown",
      btf: passed("btf"),
      tracefs: passed("tracefs"),
      psi: passed("psi"),
      preflight: preflight === undefined ? "skipped" : preflight.ok ? "passed" : "failed",
    },
    cognitod,
    llama,
    ...(problems.length === 0 ? {} : { problems: [...problems] }),
  };
  return previous !== undefined && unchanged(previous, report) ? previous : report;
}

/**
 * Whether an update may end with this report: both services healthy, or cognitod degraded by the kernel where that is
 * accepted. What else is wrong with the host is reported and raises the alarm, but no other release mends it.
 */
export function acceptable({ cognitod, llama }: HealthReport, requireKernelInstrumentation: boolean): boolean {
  const good = cognitod.status === "healthy" || (cognitod.status === "degraded" && !requireKernelInstrumentation);
  return good && llama.status === "healthy";
}

/** What to tell when an update ends with an unacceptable report: service, the probe's answer, the last log lines. */
export function explain(report: HealthReport, seen: Observation, requireKernelInstrumentation: boolean): string {
  const parts: string[] = [];
  for (const name of ["cognitod", "llama"] as const) {
    const { status, detail } = report[name];
    if (status === "healthy") continue;
    const { ready, log, state } = seen[name];
    const answer =
      ready === undefined ? "not asked" : ready.status === 0 ? "none" : `${ready.status} ${ready.body.trim()}`;
    parts.push(`${name} is ${status}: ${detail}`, `  container: ${state}`, `  probe's answer: ${answer}`);
    if (status === "degraded" && requireKernelInstrumentation) {
      parts.push("  linnix:requireKernelInstrumentation is true: a degraded cognitod is refused");
    }
    parts.push(
      ...(log.length === 0 ? ["  it logged nothing"] : ["  last log lines:", ...log.map((line) => `    ${line}`)]),
    );
  }
  parts.push(...(report.problems ?? []).map((problem) => `host: ${problem}`));
  return parts.join("\n");
}
