/** One line of the doctor's report, and how each check becomes one. */
import { safeText } from "../../components/safe-text";
import { BadInput, Failure, type Fault } from "../lib/errors";
import { row } from "../lib/activities";

/** What was found: `problem` would stop a start, `note` would not. */
export interface Finding {
  readonly name: string;
  readonly verdict: "ok" | "note" | "problem";
  readonly text: string;
  /** What to do; nothing is to be done about what is ok. */
  readonly remedy?: string;
}

/** Builds a {@link Finding}. */
export const finding = (name: string, verdict: Finding["verdict"], text: string, remedy?: string): Finding => ({
  name,
  verdict,
  text,
  ...(remedy === undefined ? {} : { remedy }),
});

/** A finding for each fault; one that is ok if there is none. */
export function ofFaults(name: string, faults: readonly Fault[], ok: string): Finding[] {
  if (faults.length === 0) return [finding(name, "ok", ok)];
  return faults.map(({ key, value, problem, remedy }) =>
    finding(name, "problem", `${key}${value === undefined ? "" : ` = ${value}`}: ${problem}`, remedy),
  );
}

/** Runs a check. One that is refused with a remedy is a problem; one that cannot be made is not known to stop a start. */
export async function checked(name: string, body: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof BadInput) return ofFaults(name, error.faults, "");
    const text = error instanceof Error ? error.message : String(error);
    return error instanceof Failure
      ? [finding(name, "problem", text)]
      : [finding(name, "note", `could not be checked: ${text}`)];
  }
}

/** Whether a start would be stopped. */
export const isStopped = (findings: readonly Finding[]): boolean =>
  findings.some(({ verdict }) => verdict === "problem");

/** Bytes of a line of the report. */
const lineBytes = 2_000;

/** The report: a line for each finding, and under it what to do. */
export function reportText(findings: readonly Finding[]): string {
  const oneLine = (text: string) => safeText(text.replace(/\s*\n\s*/g, " "), lineBytes);
  return findings
    .flatMap(({ name, verdict, text, remedy }) => [
      row(verdict, row(name, oneLine(text))),
      ...(remedy === undefined ? [] : [row("", row("", `→ ${oneLine(remedy)}`))]),
    ])
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
