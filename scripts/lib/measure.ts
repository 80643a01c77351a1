import * as fs from "node:fs";
import * as path from "node:path";
import { performance } from "node:perf_hooks";

import type { Home } from "./home";

/** One measured figure. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: "s" | "MB" | "MiB" | "tokens" | "layers" | "×";
}

/** Seconds that a piece of work takes, to a tenth, and what it gives. */
export async function timed<T>(body: () => Promise<T>): Promise<{ seconds: number; value: T }> {
  const started = performance.now();
  const value = await body();
  return { seconds: Math.round((performance.now() - started) / 100) / 10, value };
}

/** The middle one of several measurements, which one slow run doesn't move. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Megabytes of 10^6 bytes, as image sizes are given, to a tenth. */
export const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;

/** Reads the engine's way of writing memory, `23.11MiB / 512MiB`, as MiB; NaN when it is something else. */
export function mebibytes(usage: string): number {
  const [, number = "", unit = ""] = /^([\d.]+)(B|KiB|MiB|GiB)/.exec(usage) ?? [];
  const factor = { B: 1 / 1048576, KiB: 1 / 1024, MiB: 1, GiB: 1024 }[unit];
  return factor === undefined ? NaN : Math.round(Number(number) * factor * 10) / 10;
}

/**
 * The number of tokens in the first prompt that a log of llama-server reports; undefined if it reports none. Of later prompts
 * it counts only the tokens that differ from the prompt before.
 */
export function firstPromptTokens(log: string): number | undefined {
  const [, tokens] = /prompt eval time = .*\/ +(\d+) tokens/.exec(log) ?? [];
  return tokens === undefined ? undefined : Number(tokens);
}

/** The figures as a Markdown table, as docs/OPERATIONS.md shows it. */
export function markdown(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, value, unit }) => `| ${what} | ${value} ${unit} |`);
  return ["| what | measured |", "|---|---:|", ...rows].join("\n");
}

/** Where `npm run test:host` leaves what it measured on the emulated EC2 host: {@link Figure}s as JSON. */
export const hostFiguresFile = (home: Home): string => path.join(home.root, "world", "figures.json");

/** Where the tests that start published images leave what they measured: {@link Figure}s as JSON. */
export const publishedFiguresFile = (home: Home): string => path.join(home.root, "published-figures.json");

/** The figures of a file; none if there is no file. */
export function readFigures(file: string): Figure[] {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Figure[]) : [];
}

/** Writes a figure to a file, in place of an earlier one of the same name. */
export function recordFigure(file: string, figure: Figure): void {
  const others = readFigures(file).filter(({ what }) => what !== figure.what);
  fs.writeFileSync(file, `${JSON.stringify([...others, figure], null, 2)}\n`);
}
