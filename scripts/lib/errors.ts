import { type Fault, formatFault } from "../../components/settings/fault";

export type { Fault };
export { formatFault };

/** Bad input: exit status 2. Carries every fault found, not just the first. */
export class BadInput extends Error {
  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(formatFault).join("\n"));
    this.name = "BadInput";
  }
}

/** Something that was tried and failed, told in a sentence with its remedy: exit status 1, no stack trace. */
export class Failure extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Failure";
  }
}
