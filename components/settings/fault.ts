/** An invalid input: the setting, its value, what is allowed, and how to fix it. */
export interface Fault {
  /** The setting, argument or environment variable, by the name that the user writes. */
  readonly key: string;
  /** The invalid value; undefined when none is set, or when it is secret. */
  readonly value?: string;
  /** What is wrong and what is allowed. */
  readonly problem: string;
  /** A command or an action that fixes it. */
  readonly remedy: string;
}

/** Quotes an empty value, and one with control characters, which would break the line. */
const inLine = (value: string) => (value === "" || /\p{Cc}/u.test(value) ? JSON.stringify(value) : value);

/** Renders one fault as two lines of plain text. */
export function formatFault(fault: Fault): string {
  const subject = fault.value === undefined ? fault.key : `${fault.key} = ${inLine(fault.value)}`;
  return `${subject}: ${fault.problem}\n    ${fault.remedy}`;
}
