/** Reads the output of probes and of the preflight. Pure. */
import { safeText } from "../safe-text";
import type { Answer, PreflightCheck, PreflightResult } from "./observation";

/** Parses a probe's output: the body, then the HTTP status on the last line. */
export function parseAnswer(output: string): Answer {
  const lines = output.trimEnd().split("\n");
  const last = lines.pop() ?? "";
  return { status: /^\d{3}$/.test(last) ? Number(last) : 0, body: lines.join("\n") };
}

/** The bytes of a detail or a remedy of the preflight that are kept. */
const keptBytes = 400;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function checkOf(value: unknown): PreflightCheck | undefined {
  if (!isObject(value)) return undefined;
  const { ok, detail, remedy } = value;
  if (typeof ok !== "boolean" || typeof detail !== "string") return undefined;
  if (remedy !== null && typeof remedy !== "string") return undefined;
  return { ok, detail: safeText(detail, keptBytes), remedy: remedy === null ? null : safeText(remedy, keptBytes) };
}

/** Parses the preflight's result from its last line of output; undefined if that is not JSON, or of another shape. */
export function parsePreflight(output: string): PreflightResult | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(output.trim().split("\n").pop() ?? "");
  } catch {
    return undefined;
  }
  if (!isObject(parsed) || !isObject(parsed.kernel) || !isObject(parsed.checks)) return undefined;
  const { ok, kernel, missing, checks } = parsed;
  if (typeof ok !== "boolean" || typeof kernel.release !== "string") return undefined;
  if (!Array.isArray(missing) || !missing.every((name) => typeof name === "string")) return undefined;
  const read = Object.entries(checks).map(([name, check]) => [name, checkOf(check)] as const);
  if (read.some(([, check]) => check === undefined)) return undefined;
  return {
    ok,
    kernel: { release: safeText(kernel.release, keptBytes) },
    missing: missing.map((name: string) => safeText(name, keptBytes)),
    checks: Object.fromEntries(read) as PreflightResult["checks"],
  };
}
