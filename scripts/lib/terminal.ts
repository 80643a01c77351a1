/** The most columns of a line that people read; longer ones are hard to follow. */
const widest = 120;

/**
 * The columns that a text may have: the terminal's, or those that COLUMNS names, or 80 where nobody knows.
 *
 * @param stream where the text goes.
 */
export function terminalWidth(
  stream: { readonly columns?: number | undefined } = process.stderr,
  environment: NodeJS.ProcessEnv = process.env,
): number {
  const columns = stream.columns ?? Number(environment.COLUMNS);
  return Math.max(40, Math.min(widest, columns > 0 ? columns : 80));
}

/** What the terminal has to be asked before lines may be redrawn in place. */
interface TerminalFacts {
  readonly isTTY?: boolean;
}

/** Whether lines can be redrawn in place: a person's terminal that understands cursor movements. */
export function canRedraw(stream: TerminalFacts, environment: NodeJS.ProcessEnv = process.env): boolean {
  const ci = environment.CI ?? "";
  return stream.isTTY === true && environment.TERM !== "dumb" && (ci === "" || ci === "false");
}

/** Rows that lines take in a terminal of this width; after a resize, earlier lines may be wrapped. */
export function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
}

/** A terminal's size; some, such as that of `docker run --tty` without a client, say 0 where they do not know it. */
export const sizeOf = (known: number | undefined, usual: number): number =>
  known === undefined || known === 0 ? usual : known;

/**
 * The characters that replace the live lines of before by new ones, with `permanent` lines above. The cursor is in the first column
 * below the live lines, before and after. One string, so that one write draws it without flicker.
 */
export function frame(
  before: readonly string[],
  permanent: readonly string[],
  live: readonly string[],
  columns: number,
): string {
  const up = rowsOf(before, columns);
  const clear = up === 0 ? "" : `\u001b[${up}A\r\u001b[J`;
  return clear + [...permanent, ...live].map((line) => `${line}\n`).join("");
}
