import * as os from "node:os";

import type { Display } from "./display";
import { Failure } from "./errors";

/** A terminal sends a signal to all of its programs, and npm and bootstrap.mjs pass theirs on: one key press arrives often. */
const sameKeyPress = 1_000;

type Signals = "SIGINT" | "SIGTERM" | "SIGHUP";

type Receiver = () => void;

let receiver: Receiver | undefined;
let last = -Infinity;

/** The exit status of a program that a signal ended: 130 for SIGINT. */
function statusOf(signal: Signals): number {
  return 128 + os.constants.signals[signal];
}

/** What a person reads of an interruption. */
export function interruptedText(work: string, left?: string): string {
  const begin = work === "" ? "Interrupted." : `Interrupted: ${work}.`;
  const end = left ?? (work === "" ? "" : "Run the command again to continue.");
  return end === "" ? begin : `${begin} ${end}`;
}

/**
 * From here on an interruption (Ctrl-C) reports what it interrupts. The process ends with the signal's status, whatever
 * its own would be: at once, or, while {@link receiveInterruptions} is in effect, when the work in progress has ended.
 *
 * @param left what an interruption leaves, and what to do then; by default, to run the command again.
 */
export function reportInterruptions(display: Display, left?: string): void {
  const onSignal = (signal: Signals) => {
    if (Date.now() - last < sameKeyPress) return;
    last = Date.now();
    if (receiver === undefined) {
      const work = display.inProgress();
      display.settle();
      display.print(interruptedText(work, left));
      process.exit(statusOf(signal));
    }
    process.once("exit", () => {
      process.exitCode = statusOf(signal);
    });
    receiver();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
}

/** Passes interruptions to `passOn` while `body` runs, instead of ending this process. */
export async function receiveInterruptions<T>(passOn: Receiver, body: () => Promise<T>): Promise<T> {
  receiver = passOn;
  try {
    return await body();
  } finally {
    receiver = undefined;
  }
}

/** The work in progress was interrupted: nothing that comes after it is begun. */
export class Interrupted extends Failure {
  constructor(message: string) {
    super(message);
    this.name = "Interrupted";
  }
}
