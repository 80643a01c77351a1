/** What the layer measured, told among mocha's lines and once more as a table at the end, for CI's log. */

/** One fault as it went. */
export interface Row {
  readonly fault: string;
  /** How it was noticed: a sentence of the host's own. */
  readonly noticed: string;
  readonly lost: string;
  /** From the moment that its cause was gone, or that nothing more was done about it, to a healthy host. */
  readonly seconds: number;
}

const rows: Row[] = [];
const figures: { what: string; seconds: number }[] = [];

const rounded = (seconds: number): string => seconds.toFixed(1);

/** Notes a measurement. */
export function printRow(what: string, seconds: number): void {
  figures.push({ what, seconds });
  process.stdout.write(`      measured: ${what}: ${rounded(seconds)} s\n`);
}

/** Notes a fault that was healed. */
export function printFault(row: Row): void {
  rows.push(row);
  process.stdout.write(`      ${row.noticed}; lost: ${row.lost}; healed in ${rounded(row.seconds)} s\n`);
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => (line[column] ?? "").length)),
  );
  const text = (line: readonly string[]) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return [head, ...lines].map((line) => text(line).trimEnd()).join("\n");
}

after("print the tables", () => {
  if (figures.length > 0)
    console.log(
      `\n${table(
        ["measured on the host", "s"],
        figures.map(({ what, seconds }) => [what, rounded(seconds)]),
      )}`,
    );
  if (rows.length === 0) return;
  const lines = rows.map(({ fault, noticed, lost, seconds }) => [fault, lost, rounded(seconds), noticed.slice(0, 90)]);
  console.log(`\n${table(["fault", "lost", "healed in s", "noticed as"], lines)}\n${rows.length} faults`);
});
