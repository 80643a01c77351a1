/** Reads configuration value by value: converts it to the setting's type, fills in defaults, and validates each alone. */
import { closest, distance } from "fastest-levenshtein";

import type { ConfigSections } from "./cognitod/types";
import { type Definition, type Value, asText, shownValue } from "./definition";
import type { Fault } from "./fault";
import type { FileFacts } from "./model/file";
import { shellQuoted } from "../shell-quoted";
import { type Values, defaults, keyOf, schema } from "./schema";

/** A value as the configuration holds it: a YAML type, or text as Pulumi passes it. */
export type RawValue = string | number | boolean | readonly unknown[] | Readonly<Record<string, unknown>> | null;

/** Configuration before validation, by setting name; see `nameOf` in schema.ts. */
export type RawSettings = Readonly<Record<string, RawValue>>;

/** What validation depends on beside the values. The caller passes it, so that validation stays pure. */
export interface ValidationContext {
  /** The stack's name: for remedies, and validated where the host's resources are named after it. */
  readonly stack: string;
  /** The name was derived from a file that is not a stack's, so it is not validated. False by default. */
  readonly stackIsGuess?: boolean;
  /** Whether a path exists, and as what. */
  readonly exists: (path: string) => "folder" | "file" | undefined;
  /** A file's text; undefined if it cannot be read. By default no file can. */
  readonly readText?: (path: string) => string | undefined;
  /** What is known of a file; undefined if it does not exist. By default nothing is known. */
  readonly fileFacts?: (path: string) => FileFacts | undefined;
  /** Architecture of this machine, by its OCI name; undefined if it has none that images are built for. */
  readonly architecture?: string | undefined;
  /** Whether a setting is stored encrypted. */
  readonly isSecret: (name: string) => boolean;
  /** The file in which a setting is to be changed; undefined, the default, if `pulumi config` finds it by itself. */
  readonly fileOf?: ((name: string) => string | undefined) | undefined;
}

const definitions: Readonly<Record<string, Definition>> = schema;

/** The keys of the settings that are secrets. */
const secretKeys = Object.keys(schema)
  .filter((name) => definitions[name]?.secret === true)
  .map((name) => keyOf(name));

/** Whether a value is encrypted by Pulumi. It can be validated only where it is decrypted. */
export function isEncrypted(value: RawValue | undefined): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

/** Whether a value, or any part of it, is encrypted by Pulumi. */
function containsEncrypted(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  const encrypted = keys.length === 1 && keys[0] === "secure";
  return encrypted || Object.values(value).some(containsEncrypted);
}

/** The options of `pulumi config` by which it changes the right file. */
export function target(name: string, { stack, fileOf }: Pick<ValidationContext, "stack" | "fileOf">): string {
  const file = fileOf?.(name);
  return `--stack ${shellQuoted(stack)}${file === undefined ? "" : ` --config-file ${shellQuoted(file)}`}`;
}

/** The command that sets a setting; to its example if no value is passed. */
export function setCommand(name: string, context: Pick<ValidationContext, "stack" | "fileOf">, value?: string): string {
  const { secret = false, example = "VALUE" } = definitions[name] ?? {};
  // Without an example, Pulumi asks for the value, which is then in no shell's history.
  const word = value === undefined ? example : shellQuoted(value);
  const set = ["pulumi config set", ...(secret ? ["--secret"] : []), shellQuoted(keyOf(name)), word];
  return [...set.filter((part) => part !== ""), target(name, context)].join(" ");
}

/** The command that removes a setting. */
export function removeCommand(name: string, context: ValidationContext): string {
  return `pulumi config rm ${shellQuoted(keyOf(name))} ${target(name, context)}`;
}

/** Parses text as JSON, and leaves other values as they are; undefined if the text is not JSON. */
function parsedJson(value: RawValue): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

/** A list of text, from a YAML list, a JSON list or text separated by commas. */
function listOf(value: RawValue): readonly string[] | undefined {
  if (typeof value === "string" && !value.trimStart().startsWith("[")) {
    return value
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  }
  const found = parsedJson(value);
  return Array.isArray(found) && found.every((item) => typeof item === "string") ? found : undefined;
}

/** The entries of a map, from a YAML map or a JSON object. */
function entriesOf(value: RawValue): [string, unknown][] | undefined {
  const found = parsedJson(value);
  if (typeof found !== "object" || found === null || Array.isArray(found)) return undefined;
  return Object.entries(found);
}

type Reading = { readonly value: Value } | { readonly problem: string };

function checked<T extends Value>(value: T, problemOf: ((value: T) => string | undefined) | undefined): Reading {
  const problem = problemOf?.(value);
  return problem === undefined ? { value } : { problem };
}

/** Converts a value to the setting's type, and validates it. */
function read(definition: Definition, value: Exclude<RawValue, null>): Reading {
  const invalid = { problem: `must be ${definition.allowed}` };
  const text = asText(value);
  switch (definition.type) {
    case "string":
      return typeof value === "object" ? invalid : checked(text, definition.problem);
    case "integer":
      return /^-?\d{1,15}$/.test(text.trim()) ? checked(Number(text), definition.problem) : invalid;
    case "boolean":
      return /^(true|false)$/.test(text) ? checked(text === "true", definition.problem) : invalid;
    case "array": {
      const list = listOf(value);
      return list === undefined ? invalid : checked(list, definition.problem);
    }
    case "object": {
      const entries = entriesOf(value);
      if (entries === undefined) return invalid;
      const texts = entries.flatMap(([name, item]) => (typeof item === "string" ? [[name, item] as const] : []));
      if (texts.length === entries.length) return checked(Object.fromEntries(texts), definition.problem);
      const others = entries.filter(([, item]) => typeof item !== "string").map(([name]) => name);
      return { problem: `${invalid.problem}; not text: ${others.join(", ")}` };
    }
    case "sections": {
      const entries = entriesOf(value);
      return entries === undefined
        ? invalid
        : checked(Object.fromEntries(entries) as ConfigSections, definition.problem);
    }
  }
}

function unknownSetting(name: string, value: RawValue, context: ValidationContext): Fault {
  const names = Object.keys(schema);
  // linnix:region is a likely mistake for the provider's aws:region.
  const near = closest(name, [...names, ...names.map((known) => known.replace(/^.*:/, ""))]);
  const likely = names.find((known) => known === near || known.endsWith(`:${near}`)) ?? near;
  const hint = distance(name, near) <= 3 ? `did you mean ${likely}?` : `known are ${names.join(", ")}`;
  return {
    key: keyOf(name),
    // The value of a misspelt secret is secret too.
    ...(context.isSecret(name) || definitions[likely]?.secret === true ? {} : { value: shownValue(value) }),
    problem: `is not a setting of this project; ${hint}`,
    remedy: removeCommand(name, context),
  };
}

/** Converts and validates each value alone. An invalid value is left out: the default, if any, takes its place. */
export function readValues(raw: RawSettings, context: ValidationContext): { values: Values; faults: Fault[] } {
  const values: Values = { ...defaults };
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(raw)) {
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (definition === undefined) {
      faults.push(unknownSetting(name, value, context));
      continue;
    }
    if (definition.secret === true && !context.isSecret(name)) {
      faults.push({
        key: keyOf(name),
        problem: "is stored in plain text. Store it as a secret, and treat this value as leaked",
        remedy: setCommand(name, context),
      });
    }
    if (definition.secret !== true && (context.isSecret(name) || containsEncrypted(value))) {
      faults.push({
        key: keyOf(name),
        problem: "is stored encrypted, in whole or in part, but it is no secret: its value appears in plain text",
        remedy: `set it without --secret; secrets are ${secretKeys.join(", ")}`,
      });
      continue;
    }
    if (value === null || isEncrypted(value)) continue;
    const reading = read(definition, value);
    if ("value" in reading) {
      Object.assign(values, { [name]: reading.value });
    } else {
      faults.push({
        key: keyOf(name),
        ...(definition.secret === true ? {} : { value: shownValue(value) }),
        problem: reading.problem,
        remedy: setCommand(name, context),
      });
    }
  }
  return { values, faults };
}
