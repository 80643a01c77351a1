/** What a wrong input looks like to the person who gave it: which one, its value, what is allowed, and how to mend it. */
export interface Fault {
  /** The setting, argument or environment variable, as the person writes it. */
  readonly key: string;
  /** The value that was given; left out when nothing was, or when it is secret. */
  readonly value?: string;
  /** What is wrong and what is allowed. */
  readonly problem: string;
  /** A command or an action that mends it. */
  readonly remedy: string;
}

/** Nothing, and text that would break the line, in quotes. */
const inLine = (value: string) => (value === "" || /\p{Cc}/u.test(value) ? JSON.stringify(value) : value);

/** Renders one fault as two lines of plain text. */
export function formatFault(fault: Fault): string {
  const subject = fault.value === undefined ? fault.key : `${fault.key} = ${inLine(fault.value)}`;
  return `${subject}: ${fault.problem}\n    ${fault.remedy}`;
}
