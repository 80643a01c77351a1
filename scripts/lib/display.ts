import { type Activity, heartbeat, liveLines, row, rows, shown, toAnnounce } from "./activities";
import { canRedraw, frame, sizeOf } from "./terminal";

/** Where progress is written. */
export interface Output {
  readonly write: (text: string) => unknown;
  /** Size of the terminal; undefined where there is none. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

type Beginning = Pick<Activity, "name" | "text"> & Partial<Pick<Activity, "whole" | "brief">>;

/**
 * Shows everything in progress, several activities at once. On a terminal, as lines that are redrawn in place below
 * the lines that stay; elsewhere as plain lines: one when an activity has lasted a moment, one with its result, and
 * one every 20 seconds of silence that names all that is in progress.
 */
export class Display {
  private activities: readonly Activity[] = [];
  private lastId = 0;
  private drawn: readonly string[] = [];
  private lastOutput = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param live whether `output` is a terminal whose lines may be redrawn. */
  constructor(
    private readonly output: Output,
    private live = false,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Adds an activity; its id is for {@link change} and {@link end}. */
  begin({ name, text, whole, brief = false }: Beginning): number {
    const id = ++this.lastId;
    this.activities = [...this.activities, { id, name, text, whole, brief, started: this.clock(), announced: false }];
    if (this.timer === undefined) {
      this.lastOutput = this.clock();
      this.timer = setInterval(() => {
        this.tick();
      }, 1_000);
      this.timer.unref();
    }
    this.draw();
    return id;
  }

  /** Replaces an activity's text; its age counts from now. */
  change(id: number, text: string): void {
    this.set(id, { text, started: this.clock(), announced: false });
    this.draw();
  }

  /** Removes an activity; `result` is a line that stays. */
  end(id: number, result?: string): void {
    const activity = this.activities.find((it) => it.id === id);
    if (activity === undefined) return;
    this.activities = this.activities.filter((it) => it !== activity);
    if (this.activities.length === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    if (result === undefined) this.draw();
    else this.note(activity.name, result);
  }

  /** Prints a line of progress that stays; on a terminal, in as many lines as it has room for. */
  note(name: string, text: string): void {
    this.print(...(this.live ? rows(name, text, this.columns()) : [row(name, text)]));
  }

  /** Prints lines that stay. */
  print(...lines: string[]): void {
    this.lastOutput = this.clock();
    if (this.live) this.draw(lines);
    else for (const line of lines) this.output.write(`${line}\n`);
  }

  /** What is in progress, for a message: "building image cognitod, creating container llama". Empty if nothing is. */
  inProgress(): string {
    return shown(this.activities)
      .map(({ text }) => text)
      .join(", ");
  }

  /** Stops redrawing for good. From here on anyone may write to the terminal: an error's message, for one. */
  settle(): void {
    if (!this.live) return;
    this.output.write(frame(this.drawn, [], [], this.columns()));
    this.drawn = [];
    this.live = false;
  }

  /** What the passage of time makes necessary; called once a second, and when the terminal's size changes. */
  tick(): void {
    if (this.live) {
      this.draw();
      return;
    }
    const now = this.clock();
    for (const { id, name, text } of toAnnounce(this.activities, now)) {
      this.set(id, { announced: true });
      this.note(name, text);
    }
    const line = heartbeat(this.activities, now, this.lastOutput);
    if (line !== undefined) this.print(line);
  }

  private set(id: number, changes: Partial<Activity>): void {
    this.activities = this.activities.map((it) => (it.id === id ? { ...it, ...changes } : it));
  }

  private columns(): number {
    return Math.max(20, sizeOf(this.output.columns, 80));
  }

  private draw(permanent: readonly string[] = []): void {
    if (!this.live) return;
    const rows = Math.max(1, sizeOf(this.output.rows, 24) - 2);
    const live = liveLines(this.activities, this.clock(), this.columns(), rows);
    if (permanent.length === 0 && live.join("\n") === this.drawn.join("\n")) return;
    this.output.write(frame(this.drawn, permanent, live, this.columns()));
    this.drawn = live;
  }
}

/** This process's display, on standard error: standard output belongs to data. */
export const display = new Display(process.stderr, canRedraw(process.stderr));
process.stderr.on("resize", () => {
  display.tick();
});
