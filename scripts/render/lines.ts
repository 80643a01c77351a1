/** A rendered stack as lines for a review: one property a line, and what one stack changes of another. */
import { diffArrays } from "diff";

import type { ShownGraph } from "./graph";

/** A line, and the resource or file that it belongs to. */
export interface Line {
  readonly of: string;
  readonly text: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Policies and dashboards are JSON text. */
function parsedJson(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A list's items by name, where they have one, so that a new item changes no other line. */
function itemPlace(place: string, item: unknown, index: number): string {
  if (!isObject(item)) return `${place}[]`;
  const name = [item.name, item.Sid, item.Name].find((it) => typeof it === "string");
  return `${place}[${typeof name === "string" ? name : index}]`;
}

/** One line for each property; several for a text of several lines. */
function propertyLines(place: string, value: unknown): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${place} = []`];
    return value.flatMap((item, index) => propertyLines(itemPlace(place, item, index), item));
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0) return [`${place} = {}`];
    return entries.flatMap(([key, item]) => propertyLines(`${place}.${key}`, item));
  }
  if (typeof value !== "string") return [`${place} = ${String(value)}`];
  const json = parsedJson(value);
  if (json !== undefined) return propertyLines(place, json);
  const [first = "", ...more] = value.trimEnd().split("\n");
  return more.length === 0 ? [`${place} = ${JSON.stringify(value)}`] : [first, ...more].map((it) => `${place} | ${it}`);
}

/** The lines of a graph. */
export function graphLines({ resources, outputs }: ShownGraph): Line[] {
  const lines = resources.flatMap(({ type, name, parent, options, inputs }) => {
    const of = `${type} ${name}`;
    const properties = Object.entries(inputs).flatMap(([key, value]) => propertyLines(key, value));
    const set = propertyLines("option", options).filter((line) => !line.endsWith("= {}"));
    return [`parent = ${JSON.stringify(parent)}`, ...set, ...properties].map((text) => ({ of, text }));
  });
  const shown = Object.entries(outputs).flatMap(([name, value]) => propertyLines(name, value));
  return [...lines, ...shown.map((text) => ({ of: "outputs", text }))];
}

/** The lines of a rendered file. */
export function fileLines(name: string, text: string): Line[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => ({ of: `file ${name}`, text: line }));
}

/** Lines as text, below the names of what they belong to. */
export function linesText(lines: readonly Line[]): string {
  const rows = lines.map(({ of, text }, index) => {
    const indented = `  ${text}`.trimEnd();
    return of === lines[index - 1]?.of ? indented : `${of}\n${indented}`;
  });
  return `${rows.join("\n")}\n`;
}

/** What `other` has (`+`) and lacks (`-`). */
export function differences(base: readonly Line[], other: readonly Line[]): Line[] {
  const changes = diffArrays([...base], [...other], { comparator: (a, b) => a.of === b.of && a.text === b.text });
  return changes.flatMap(({ added, removed, value }) => {
    if (!added && !removed) return [];
    return value.map(({ of, text }) => ({ of, text: `${added ? "+" : "-"} ${text}` }));
  });
}

/** The differences as text, below the names of what they belong to. */
export const differenceText = (base: readonly Line[], other: readonly Line[]): string =>
  linesText(differences(base, other));
