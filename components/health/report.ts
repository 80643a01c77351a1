/** The health report of every kind of host, and how it is concluded from an observation. Pure. */
import { sameValue } from "../canonical";
import { defined } from "../defined";
import { safeText } from "../safe-text";
import type { Observation, PreflightResult, ServiceObservation } from "./observation";
import { type PerService, type ServiceName, serviceNames } from "../services/catalogue";

/** `degraded`: it runs, but this kernel lacks what its probes need. */
export type Status = "healthy" | "degraded" | "unhealthy" | "unreachable";

/** `disabled`: there is no language model. `external`: requests go to a server that this project does not run. */
export type LlamaStatus = Status | "disabled" | "external";

/** What is reported of each service. */
interface ServiceReports {
  readonly cognitod: {
    readonly status: Status;
    readonly kernelInstrumentation: string;
    readonly transport: string;
    /** Number of active alert rules; absent if the daemon does not report it. */
    readonly activeRules?: number;
    readonly detail: string;
    readonly endpoint: string;
  };
  readonly llama: {
    readonly status: LlamaStatus;
    /** Absent if `disabled`. */
    readonly model?: string;
    readonly detail: string;
    /** Absent if `disabled`. */
    readonly endpoint?: string;
  };
}

/** The report that every stack exports as `health`. */
export interface HealthReport extends Readonly<{ [Name in ServiceName]: ServiceReports[Name] }> {
  /** All services are healthy, and the host has no other problem. */
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
  /** Other problems of the host, a sentence each; absent if there are none. */
  readonly problems?: readonly string[];
}

/** What a deployment is expected to report. */
export interface Expectation {
  readonly release: string;
  /** The sample daemon is deployed; the report must say so. */
  readonly sample: boolean;
  /** What takes the place of llama-server; absent if the stack runs it. */
  readonly llm?: "disabled" | "external";
  /** The language model's name; absent if there is none. */
  readonly model?: string;
  /** Addresses of the services; of the language model's server, if it is external. */
  readonly endpoints: PerService<string>;
}

function fields(body: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body ?? "");
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The bytes of a service's sentence, or of its answer, that are kept: the report is an output of the stack. */
const keptBytes = 500;

const text = (value: unknown, otherwise: string): string =>
  typeof value === "string" && value !== "" ? safeText(value, keptBytes) : otherwise;

/** The remedies of the required checks that failed, each named. */
function preflightRemedies(preflight: PreflightResult | undefined): string[] {
  return (preflight?.missing ?? []).map((name) => {
    const check = preflight?.checks[name];
    return `${name}: ${check?.detail ?? "failed"}${check?.remedy ? `; ${check.remedy}` : ""}`;
  });
}

/** A sentence if something else runs than what was deployed; undefined otherwise, or if the host does not report it. */
function otherRelease(
  seen: Observation,
  { otherImage }: Partial<ServiceObservation>,
  expected: Expectation,
): string | undefined {
  if (otherImage !== undefined) {
    return `its container runs the image ${otherImage}, not the deployed one: \`npm start\`, or \`pulumi up --refresh\`, replaces it`;
  }
  return seen.release === undefined || seen.release === expected.release
    ? undefined
    : `the host runs release ${seen.release}, not ${expected.release}: \`pulumi up --refresh\` rolls it out again`;
}

function cognitodHealth(seen: Observation, expected: Expectation): Omit<HealthReport["cognitod"], "endpoint"> {
  const { sample } = expected;
  const { ready, live, state, running } = seen.cognitod;
  const readiness = fields(ready?.body);
  const liveness = fields(live?.body);
  const rules = fields(seen.cognitod.rules?.body).active_rules;
  const activeRules = typeof rules === "number" ? rules : undefined;
  const silent = activeRules === 0 ? "; no alert rule is active, so it raises no alert" : "";
  const note = (detail: string) => `${sample ? "sample daemon, not Linnix: " : ""}${detail}${silent}`;
  const reported = {
    kernelInstrumentation: text(readiness.kernel_instrumentation ?? liveness.kernel_instrumentation, "unknown"),
    transport: text(readiness.transport ?? liveness.transport, "unknown"),
    ...defined({ activeRules }),
  };
  if (seen.unreachable !== undefined) return { ...reported, status: "unreachable", detail: seen.unreachable };
  if (!running) return { ...reported, status: "unhealthy", detail: note(`container is ${state}`) };
  const other = otherRelease(seen, seen.cognitod, expected);
  if (other !== undefined) return { ...reported, status: "unhealthy", detail: note(other) };
  if (ready?.status === 200) return { ...reported, status: "healthy", detail: note("ready") };
  if (ready === undefined || ready.status === 0) {
    return { ...reported, status: "unreachable", detail: note("no answer on /readyz") };
  }
  const reason = text(readiness.reason, `/readyz answered ${ready.status}`);
  // It runs and reports why it isn't ready; whether the kernel is the cause is the preflight's own finding.
  if (live?.status === 200 && seen.preflight?.ok === false) {
    return { ...reported, status: "degraded", detail: note([reason, ...preflightRemedies(seen.preflight)].join("; ")) };
  }
  return { ...reported, status: "unhealthy", detail: note(reason) };
}

type LlamaHealth = HealthReport["llama"];

/** The report if the stack does not run llama-server. It never counts against the stack's health. */
function otherModel(llm: NonNullable<Expectation["llm"]>, { model, endpoints }: Expectation): LlamaHealth {
  switch (llm) {
    case "disabled":
      return { status: llm, detail: "linnix:llm is none: cognitod gives no insights" };
    case "external":
      return {
        status: llm,
        ...defined({ model }),
        detail: "not probed: cognitod sends its requests to this server",
        ...defined({ endpoint: endpoints.llama }),
      };
  }
}

function llamaHealth(seen: Observation, expected: Expectation): LlamaHealth {
  if (expected.llm !== undefined) return otherModel(expected.llm, expected);
  const at = defined({ model: expected.model, endpoint: expected.endpoints.llama });
  return { ...at, ...ownLlamaHealth(seen, expected) };
}

function ownLlamaHealth(seen: Observation, expected: Expectation): Pick<LlamaHealth, "status" | "detail"> {
  const { ready, state, running, otherImage } = seen.llama ?? { state: "missing", running: false };
  if (seen.unreachable !== undefined) return { status: "unreachable", detail: seen.unreachable };
  if (!running) return { status: "unhealthy", detail: `container is ${state}` };
  const other = otherRelease(seen, defined({ otherImage }), expected);
  if (other !== undefined) return { status: "unhealthy", detail: other };
  if (ready?.status === 200) return { status: "healthy", detail: "model loaded" };
  if (ready === undefined || ready.status === 0) return { status: "unreachable", detail: "no answer on /health" };
  const error = fields(ready.body).error;
  const said = typeof error === "object" && error !== null ? (error as { message?: unknown }).message : undefined;
  return { status: "unhealthy", detail: text(said, `/health answered ${ready.status}`) };
}

function unchanged(a: HealthReport, b: HealthReport): boolean {
  return sameValue({ ...a, since: "" }, { ...b, since: "" });
}

/** Whether a status needs no attention. */
function isFine(status: LlamaStatus): boolean {
  return status === "healthy" || status === "disabled" || status === "external";
}

/** Concludes a report from an observation. If nothing changed, it is `previous`, with its `since`; `now` is ISO 8601. */
export function healthReport(
  seen: Observation,
  expected: Expectation,
  now: string,
  previous?: HealthReport,
): HealthReport {
  const reports: Pick<HealthReport, ServiceName> = {
    cognitod: { ...cognitodHealth(seen, expected), endpoint: expected.endpoints.cognitod },
    llama: llamaHealth(seen, expected),
  };
  const { preflight, problems = [] } = seen;
  const passed = (name: string): boolean => preflight?.checks[name]?.ok === true;
  const report: HealthReport = {
    healthy: serviceNames.every((name) => isFine(reports[name].status)) && problems.length === 0,
    release: expected.release,
    since: now,
    kernel: {
      release: preflight?.kernel.release ?? seen.kernel ?? "unknown",
      btf: passed("btf"),
      tracefs: passed("tracefs"),
      psi: passed("psi"),
      preflight: preflight === undefined ? "skipped" : preflight.ok ? "passed" : "failed",
    },
    ...reports,
    ...(problems.length === 0 ? {} : { problems: [...problems] }),
  };
  return previous !== undefined && unchanged(previous, report) ? previous : report;
}

/**
 * Whether an update may end with this report: every service healthy, or degraded by the kernel where that is accepted.
 * Other problems of the host are reported and raise the alarm, but no other release would fix them.
 */
export function acceptable(report: HealthReport, requireKernelInstrumentation: boolean): boolean {
  return serviceNames.every((name) => {
    const { status } = report[name];
    return isFine(status) || (status === "degraded" && !requireKernelInstrumentation);
  });
}

/** Whether an update must deploy or probe again: the inputs changed, or the last report is not acceptable. */
export function isUnsettled<Inputs extends { readonly requireKernelInstrumentation: boolean }>(
  before: Inputs,
  now: Inputs,
  report: HealthReport,
): boolean {
  return !sameValue(before, now) || !acceptable(report, now.requireKernelInstrumentation);
}

/** The message of an update that ends with an unacceptable report: service, the probe's answer, the last log lines. */
export function explain(report: HealthReport, seen: Observation, requireKernelInstrumentation: boolean): string {
  const parts: string[] = [];
  for (const name of serviceNames) {
    const { status, detail } = report[name];
    if (isFine(status)) continue;
    const { ready, log, state } = seen[name] ?? { state: "missing", log: [] };
    const answer =
      ready === undefined
        ? "not asked"
        : ready.status === 0
          ? "none"
          : `${ready.status} ${safeText(ready.body.trim(), keptBytes)}`;
    parts.push(`${name} is ${status}: ${detail}`, `  container: ${state}`, `  probe's answer: ${answer}`);
    if (status === "degraded" && requireKernelInstrumentation) {
      parts.push(`  linnix:requireKernelInstrumentation is true: a degraded ${name} is refused`);
    }
    parts.push(
      ...(log.length === 0 ? ["  it logged nothing"] : ["  last log lines:", ...log.map((line) => `    ${line}`)]),
    );
  }
  parts.push(...(report.problems ?? []).map((problem) => `host: ${problem}`));
  return parts.join("\n");
}
