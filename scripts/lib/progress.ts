/** Where progress is written; standard error by default, since standard output belongs to data. */
export type Sink = (line: string) => void;

const toStandardError: Sink = (line) => process.stderr.write(`${line}\n`);

/** Seconds, rounded, as people read them: `8 s`, `2 min 05 s`. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/**
 * One slow piece of work, told line by line under its name, so that steps that run side by side stay readable.
 * While nothing else is said, a line every 20 seconds says that it is still going, and at what.
 */
export class Step {
  private readonly started = Date.now();
  private last: string;
  private spoke = Date.now();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    readonly name: string,
    what: string,
    private readonly sink: Sink = toStandardError,
  ) {
    this.last = what;
    this.write(what);
    this.heartbeat = setInterval(() => {
      if (Date.now() - this.spoke > 19_000) this.write(`still ${this.last} (${this.age()})`);
    }, 5_000);
    this.heartbeat.unref();
  }

  /** Says what is being done now. */
  say(what: string): void {
    this.last = what;
    this.write(what);
  }

  /** Notes what is being done now, without a line of its own: the next sign of life tells it. */
  now(what: string): void {
    this.last = what;
    this.spoke = Date.now();
  }

  /** Ends the step well. */
  done(what: string): void {
    clearInterval(this.heartbeat);
    this.write(`${what} (${this.age()})`);
  }

  /** Ends the step badly; the error itself is the caller's to report. */
  failed(): void {
    clearInterval(this.heartbeat);
    this.write(`failed after ${this.age()}: ${this.last}`);
  }

  private age(): string {
    return elapsed(Date.now() - this.started);
  }

  private write(text: string): void {
    this.spoke = Date.now();
    this.sink(`${this.name.padEnd(12)} ${text}`);
  }
}

/** Runs `body` as a step: `done` with what it returns as text, `failed` when it throws. */
export async function step<T>(
  name: string,
  what: string,
  body: (step: Step) => Promise<{ value: T; done: string }>,
  sink?: Sink,
): Promise<T> {
  const current = new Step(name, what, sink);
  try {
    const { value, done } = await body(current);
    current.done(done);
    return value;
  } catch (error) {
    current.failed();
    throw error;
  }
}
