/**
 * The layer's measurements: printed among mocha's lines and again as tables at the end, for CI's log. Stored in
 * LINNIX_HOME, from where `npm run bench` reads them.
 */
import * as fs from "node:fs";

import { linnixHome } from "../../scripts/lib/home";
import { type Figure, hostFiguresFile, markdown } from "../../scripts/lib/measure";

/** The measurements of one fault. */
export interface Row {
  readonly fault: string;
  /** The host's report of the fault. */
  readonly noticed: string;
  readonly lost: string;
  /** The time from the removal of the cause, or from the last action, to a healthy host. */
  readonly seconds: number;
}

const rows: Row[] = [];
const figures: Figure[] = [];

/** Records a measurement. */
export function printRow(what: string, seconds: number): void {
  figures.push({ what, value: Number(seconds.toFixed(1)), unit: "s" });
  process.stdout.write(`      measured: ${what}: ${seconds.toFixed(1)} s\n`);
}

/** Records a fault from which the host has recovered. */
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

/** A run of some of the files keeps the earlier values of all other measurements. */
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
