import { row, rows } from "./activities";
import { terminalWidth } from "./terminal";

/** Prints a line to standard error: standard output is for data. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/**
 * Prints a line of progress to standard error: a name in a column of its own, and a text beside it. On a terminal it takes as
 * many lines as the text needs; elsewhere it stays one, so that it can be searched.
 */
export const sayRow = (name: string, text: string): void => {
  (process.stderr.isTTY ? rows(name, text, terminalWidth()) : [row(name, text)]).forEach(say);
};
