/**
 * What the layer measured, told among mocha's lines and once more as tables at the end, for CI's log. The figures stay in
 * LINNIX_HOME, where `npm run bench` finds them.
 */
import * as fs from "node:fs";

import { linnixHome } from "../../scripts/lib/home";
import { type Figure, hostFiguresFile, markdown } from "../../scripts/lib/measure";

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
const figures: Figure[] = [];

/** Notes a measurement. */
export function printRow(what: string, seconds: number): void {
  figures.push({ what, value: Number(seconds.toFixed(1)), unit: "s" });
  process.stdout.write(`      measured: ${what}: ${seconds.toFixed(1)} s\n`);
}

/** Notes a fault that was healed. */
export function printFault(row: Row): void {
  rows.push(row);
  process.stdout.write(`      ${row.noticed}; lost: ${row.lost}; healed in ${row.seconds.toFixed(1)} s\n`);
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => (line[column] ?? "").length)),
  );
  const text = (line: readonly string[]) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return [head, ...lines].map((line) => text(line).trimEnd()).join("\n");
}

/** What a run of some of the files didn't measure stays as it was. */
function keep(): void {
  const file = hostFiguresFile(linnixHome());
  const before = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Figure[]) : [];
  const others = before.filter((old) => !figures.some(({ what }) => what === old.what));
  fs.writeFileSync(file, JSON.stringify([...others, ...figures]));
}

after("print the tables", () => {
  if (figures.length > 0) {
    console.log(`\n${markdown(figures)}`);
    keep();
  }
  if (rows.length === 0) return;
  const lines = rows.map(({ fault, noticed, lost, seconds }) => [
    ...[fault, lost, seconds.toFixed(1)],
    noticed.trim().slice(0, 90),
  ]);
  console.log(`\n${table(["fault", "lost", "healed in s", "noticed as"], lines)}\n${rows.length} faults`);
});
