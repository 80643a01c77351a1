/** Redraws the state of a stack in the terminal until it is ended. */
import { setTimeout } from "node:timers/promises";
import { styleText } from "node:util";

import { frame, sizeOf } from "../lib/terminal";
import { type Snapshot, type TableLine, type Tone, tableLines } from "./table";

/** The terminal that is drawn on. */
export interface Screen {
  readonly write: (text: string) => unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Whether it has colours, and they are wanted (NO_COLOR). */
  readonly hasColors?: () => boolean;
}

/** What is drawn: a stack, and how its state is found out. */
export interface Watched {
  readonly stack: string;
  /** Seconds between two probes. */
  readonly every: number;
  readonly look: (before: Snapshot | undefined) => Promise<Snapshot>;
}

const colours: Readonly<Record<Exclude<Tone, "plain">, "green" | "yellow" | "red" | "dim">> = {
  ...{ good: "green", fair: "yellow", bad: "red", faint: "dim" },
};

function coloured({ text, tone }: TableLine, isColoured: boolean): string {
  return isColoured && tone !== "plain" ? styleText(colours[tone], text, { validateStream: false }) : text;
}

/** How often ages are drawn again, in milliseconds. */
const tick = 1_000;

/**
 * Draws until `stop` is aborted. The last table stays.
 *
 * @returns what was seen last; undefined if it ended before anything was.
 * @throws what a look throws, below the last table.
 */
export async function watch(
  { stack, every, look }: Watched,
  screen: Screen,
  stop: AbortSignal,
  clock: () => number = Date.now,
): Promise<Snapshot | undefined> {
  let seen: Snapshot | undefined;
  let drawn: readonly string[] = [];
  let isOver = false;
  const draw = () => {
    const [columns, rows] = [Math.max(20, sizeOf(screen.columns, 80)), Math.max(3, sizeOf(screen.rows, 24) - 1)];
    const lines = tableLines(stack, seen, isOver ? undefined : every, clock(), columns, rows);
    const isColoured = screen.hasColors?.() ?? false;
    const live = lines.map((line) => coloured(line, isColoured));
    screen.write(frame(drawn, [], live, columns));
    drawn = lines.map(({ text }) => text);
  };
  const timer = setInterval(() => {
    draw();
  }, tick);
  draw();
  try {
    while (!stop.aborted) {
      const found = await look(seen);
      // Ctrl-C also ends the programs that a look runs: what it saw then is not the stack's state.
      if (isAborted(stop)) break;
      seen = found;
      draw();
      await setTimeout(every * 1_000, undefined, { signal: stop }).catch(() => undefined);
    }
  } catch (error) {
    if (!isAborted(stop)) throw error;
  } finally {
    clearInterval(timer);
    isOver = true;
    draw();
  }
  return seen;
}

/** A function, because the compiler takes a property that was checked once for constant. */
const isAborted = ({ aborted }: AbortSignal): boolean => aborted;
