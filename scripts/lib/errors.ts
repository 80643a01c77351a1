/** What a wrong input looks like to the person who gave it: which one, its value, what is allowed, and how to mend it. */
export interface Fault {
  /** The setting, argument or environment variable, as the person writes it. */
  readonly key: string;
  /** The value that was given; left out when nothing was. */
  readonly value?: string;
  /** What is wrong and what is allowed. */
  readonly problem: string;
  /** A command or an action that mends it. */
  readonly remedy: string;
}

/** Renders one fault as a line or two of plain text. */
export function formatFault(fault: Fault): string {
  const subject = fault.value === undefined ? fault.key : `${fault.key} = ${fault.value}`;
  return `${subject}: ${fault.problem}\n    ${fault.remedy}`;
}

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
