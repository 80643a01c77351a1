import { wrapped } from "./wrap";

/** One piece of work that is in progress, as the display shows it. */
export interface Activity {
  readonly id: number;
  /** The step that it belongs to: the first column. */
  readonly name: string;
  /** What is being done: "building image cognitod". */
  readonly text: string;
  /** When it began, in milliseconds since the epoch. */
  readonly started: number;
  /** Id of the activity that this one is a part of. While parts are in progress, they are shown and the whole is not. */
  readonly whole: number | undefined;
  /** True for work that gets no line of its own in plain output, only a mention in the heartbeat. */
  readonly brief: boolean;
  /** Whether plain output has a line about it already. */
  readonly announced: boolean;
}

/** Work that takes less than this, in milliseconds, is not announced in plain output: its result is enough. */
const moment = 1_000;

/** Milliseconds without any plain output after which a line names everything in progress. */
const silence = 20_000;

/** Whole seconds, as people read them: `8 s`, `2 min 05 s`. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** An age to put behind a text, ` (8 s)`; nothing below a second. */
export function age(milliseconds: number): string {
  return milliseconds < moment ? "" : ` (${elapsed(milliseconds)})`;
}

/** The columns of a step's name, and the space behind it. */
const firstColumn = 13;

/** A line of progress: the step's name in a column of its own, then the text. */
export function row(name: string, text: string): string {
  return `${name.padEnd(firstColumn - 1)} ${text}`;
}

/** The same in lines of at most `width` columns, the text in a column of its own. */
export function rows(name: string, text: string, width: number): string[] {
  return wrapped(text, width - firstColumn).map((line, index) => row(index === 0 ? name : "", line));
}

/** The activities to show: those that have no part in progress. */
export function shown(activities: readonly Activity[]): Activity[] {
  return activities.filter(({ id }) => !activities.some(({ whole }) => whole === id));
}

/** Cuts a line to a width, so that a terminal does not wrap it; `end` is kept. */
export function cut(text: string, end: string, width: number): string {
  if (text.length + end.length <= width) return text + end;
  return `${text.slice(0, Math.max(0, width - end.length - 1))}…${end}`.slice(0, width);
}

/**
 * The lines that a terminal shows while work is in progress, the oldest first, each with its age.
 *
 * @param columns width of the terminal; no line is longer.
 * @param rows the most lines to return; the last one counts the activities that don't fit.
 */
export function liveLines(activities: readonly Activity[], now: number, columns: number, rows: number): string[] {
  const all = shown(activities);
  const fitting = all.length <= rows ? all : all.slice(0, Math.max(0, rows - 1));
  const lines = fitting.map(({ name, text, started }) => cut(row(name, text), age(now - started), columns));
  if (fitting.length < all.length) lines.push(cut(row("", `and ${all.length - fitting.length} more`), "", columns));
  return lines;
}

/** The activities that plain output has to announce now: each one once, when it has lasted longer than a moment. */
export function toAnnounce(activities: readonly Activity[], now: number): Activity[] {
  return shown(activities).filter((it) => !it.announced && !it.brief && now - it.started >= moment);
}

/** The line that names everything in progress, if plain output has been silent for long enough. */
export function heartbeat(activities: readonly Activity[], now: number, lastOutput: number): string | undefined {
  if (activities.length === 0 || now - lastOutput < silence) return undefined;
  const list = shown(activities).map(({ text, started }) => text + age(now - started));
  return row("in progress", list.join(", "));
}
