import { age } from "./activities";
import { type Display, display } from "./display";

/**
 * One slow piece of work under its name, beside others that run at the same time. The display shows what it is doing,
 * and since when, until {@link done} or {@link failed}.
 */
export class Step {
  private readonly started = Date.now();
  private readonly id: number;
  private doing: string;

  /** @param on the display; by default this process's, on standard error. */
  constructor(
    readonly name: string,
    what: string,
    private readonly on: Display = display,
  ) {
    this.doing = what;
    this.id = on.begin({ name, text: what });
  }

  /** Reports what is being done now. */
  say(what: string): void {
    this.doing = what;
    this.on.change(this.id, what);
  }

  /** Prints a line that stays: an intermediate result. */
  note(text: string): void {
    for (const line of text.split("\n")) this.on.note(this.name, line);
  }

  /** Runs a part of the step, shown for as long as it takes; several parts may run at the same time. */
  async during<T>(what: string, body: () => Promise<T>): Promise<T> {
    const end = this.begin(what);
    try {
      return await body();
    } finally {
      end();
    }
  }

  /**
   * Begins a part of the step; the returned function ends it, with a line that stays if it is given one.
   * A `brief` part gets no line of its own in plain output.
   */
  begin(what: string, brief = false): (result?: string) => void {
    const part = this.on.begin({ name: this.name, text: what, whole: this.id, brief });
    return (result) => {
      this.on.end(part, result);
    };
  }

  /** What is in progress now, for a message. */
  inProgress(): string {
    return this.on.inProgress();
  }

  /** Ends the step: it did what it was for. */
  done(what: string): void {
    this.on.end(this.id, what + age(Date.now() - this.started));
  }

  /**
   * Ends the step: it failed. The error itself is the caller's to report.
   *
   * @param how by default that it failed, and what it was doing.
   */
  failed(how = `failed: ${this.doing}`): void {
    this.on.end(this.id, how + age(Date.now() - this.started));
    this.on.settle();
  }
}

/** Runs `body` as a step: `done` with the text that it returns, `failed` if it throws. */
export async function step<T>(
  name: string,
  what: string,
  body: (step: Step) => Promise<{ value: T; done: string }>,
): Promise<T> {
  const current = new Step(name, what);
  try {
    const { value, done } = await body(current);
    current.done(done);
    return value;
  } catch (error) {
    current.failed();
    throw error;
  }
}
