/** Reads what probes and the preflight print. Pure. */
import type { Answer, PreflightResult } from "./report";

/** Takes a probe's output apart: the body, then the HTTP status on the last line. */
export function parseAnswer(output: string): Answer {
  const lines = output.trimEnd().split("\n");
  const last = lines.pop() ?? "";
  return { status: /^\d{3}$/.test(last) ? Number(last) : 0, body: lines.join("\n") };
}

/** Reads the preflight's result out of what it printed; nothing when it printed no JSON. */
export function parsePreflight(output: string): PreflightResult | undefined {
  try {
    return JSON.parse(output.trim().split("\n").pop() ?? "") as PreflightResult;
  } catch {
    return undefined;
  }
}
