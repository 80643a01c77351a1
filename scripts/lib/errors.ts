import { type Fault, formatFault } from "../../components/settings/fault";

export type { Fault };

/** Invalid input: exit status 2. Contains every fault found, not just the first. */
export class BadInput extends Error {
  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(formatFault).join("\n"));
    this.name = "BadInput";
  }
}

/** An expected failure, reported as a sentence with its remedy: exit status 1, no stack trace. */
export class Failure extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Failure";
  }
}
