/** The table of `npm run status` in a terminal. Pure. */
import { safeText } from "../../components/safe-text";
import { serviceNames } from "../../components/services/catalogue";
import { cut, elapsed } from "../lib/activities";
import { wrapped } from "../lib/wrap";
import type { Seen } from "./live-health";

/** What was seen of a stack at one moment. */
export interface Snapshot extends Seen {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What cognitod's language model said last, if that is known. */
  readonly insight?: string | undefined;
}

/** How a line is drawn. */
export type Tone = "good" | "fair" | "bad" | "faint" | "plain";

/** A line of the table; no line is wider than the terminal. */
export interface TableLine {
  readonly text: string;
  readonly tone: Tone;
}

const tones: Readonly<Record<string, Tone>> = {
  healthy: "good",
  external: "good",
  disabled: "plain",
  degraded: "fair",
};

/** What is not known, or does not exist. */
const nothing = "-";

const widths = [11, 13, 14, 9, 22, 8];
const columnsOf = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("")
    .trimEnd();

/** Two columns of an age: `35 min 02 s`, `5 h 12 min`, `3 d 4 h`. */
export function duration(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 60) return elapsed(Math.max(0, milliseconds));
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Bytes of a text of somebody else's that are read. */
const textBytes = 2_000;

/** Bytes of a cell with what a host has measured. */
const cellBytes = 21;

/** A name, and beside it a text in at most `most` lines. */
function beside(name: string, text: string, columns: number, most: number, tone: Tone = "plain"): TableLine[] {
  const indent = widths[0] ?? 0;
  const all = wrapped(safeText(text, textBytes).replaceAll(/\s+/g, " ").trim(), columns - indent);
  const shown = all.slice(0, most);
  return shown.map((line, index) => {
    const end = index === most - 1 && all.length > most ? "…" : "";
    return { text: cut(`${(index === 0 ? name : "").padEnd(indent)}${line}`, end, columns), tone };
  });
}

/** A service: a row, what it says of itself, and the last line of its log. */
function serviceLines({ report, observation }: Snapshot, now: number, columns: number): TableLine[] {
  return serviceNames.flatMap((name) => {
    const { status, detail, endpoint } = report[name];
    const runs = status !== "disabled" && status !== "external";
    // A service that this project does not run is not observed.
    const { restarts, log, usage } = observation[name] ?? { restarts: 0, log: [] };
    const used =
      usage === undefined
        ? [nothing, nothing, nothing]
        : [
            duration(now - Date.parse(usage.started)),
            safeText(usage.cpu, cellBytes),
            safeText(usage.memory, cellBytes),
          ];
    const cells = [name, status, ...used, runs ? String(restarts) : nothing];
    const last = log.at(-1);
    return [
      { text: cut(columnsOf(cells), "", columns), tone: tones[status] ?? "bad" },
      ...beside("", [detail, endpoint].filter((it) => it !== undefined).join(", "), columns, 2),
      ...(runs && last !== undefined ? beside("", `log: ${last}`, columns, 1, "faint") : []),
    ];
  });
}

/**
 * The lines of the table.
 *
 * @param seen undefined until the services were probed for the first time.
 * @param every seconds between two probes; undefined if there is no other.
 * @param rows the most lines; those at the end are left out.
 */
export function tableLines(
  stack: string,
  seen: Snapshot | undefined,
  every: number | undefined,
  now: number,
  columns: number,
  rows: number,
): TableLine[] {
  if (seen === undefined) return [{ text: cut(`stack ${stack}: asking for its state`, "", columns), tone: "plain" }];
  const { report, insight, at } = seen;
  const { kernel, healthy, since, release, problems = [] } = report;
  const state = healthy ? "healthy" : "NOT healthy";
  const lines: TableLine[] = [
    {
      text: cut(`stack ${stack}: ${state} for ${duration(now - Date.parse(since))}, release ${release}`, "", columns),
      tone: healthy ? "good" : "bad",
    },
    { text: cut(columnsOf(["service", "state", "runs for", "CPU", "memory", "restarts"]), "", columns), tone: "faint" },
    ...serviceLines(seen, now, columns),
    ...problems.flatMap((problem) => beside("problem", problem, columns, 2, "bad")),
    ...beside("kernel", `${kernel.release}, preflight ${kernel.preflight}`, columns, 1),
    ...(insight === undefined ? [] : beside("insight", insight, columns, 3)),
  ];
  const goesOn = every === undefined ? "" : `, again every ${every} s; Ctrl-C ends`;
  const end: TableLine = { text: cut(`seen ${duration(now - at)} ago${goesOn}`, "", columns), tone: "faint" };
  return [...lines.slice(0, Math.max(0, rows - 1)), end];
}
