/** Reads configuration, value by value: types it, fills in defaults, and judges each on its own. */
import { closest, distance } from "fastest-levenshtein";

import { type Definition, type Value, shown } from "./definition";
import type { Fault } from "./fault";
import { type Values, keyOf, schema } from "./schema";

/** A setting's value as configuration holds it: YAML's types, or the text that Pulumi hands over. */
export type RawValue = string | number | boolean | readonly unknown[] | Readonly<Record<string, unknown>> | null;

/** Configuration before it is understood, by setting name; see `nameOf` in schema.ts. */
export type RawSettings = Readonly<Record<string, RawValue>>;

/** What the checks need to know of the world, given by the caller so that they stay pure. */
export interface World {
  /** The stack's name, judged where a host's resources are named after it, and for remedies. */
  readonly stack: string;
  /** The name was made up, from a file that isn't a stack's: it isn't judged. */
  readonly stackIsGuess?: boolean;
  /** Whether a folder or file is there. */
  readonly exists: (path: string) => "folder" | "file" | undefined;
  /** Whether a setting is kept encrypted. */
  readonly isSecret: (name: string) => boolean;
}

const definitions: Readonly<Record<string, Definition>> = schema;

/** A value encrypted by Pulumi: it can be judged only where it is decrypted. */
export function isEncrypted(value: RawValue | undefined): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

/** The command that gives a setting a value; an example of one where none is named. */
export function setCommand(name: string, { stack }: World, value?: string): string {
  const { secret = false, example = "VALUE" } = definitions[name] ?? {};
  return `pulumi config set ${secret ? "--secret " : ""}${keyOf(name)} ${value ?? example} --stack ${stack}`.replace(
    /\s+/g,
    " ",
  );
}

/** The command that takes a setting away. */
export function removeCommand(name: string, { stack }: World): string {
  return `pulumi config rm ${keyOf(name)} --stack ${stack}`;
}

/** What Pulumi hands over as text, or a person wrote as such. */
function parsedJson(value: RawValue): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

function texts(value: RawValue): readonly unknown[] | undefined {
  if (typeof value === "string" && !value.trimStart().startsWith("[")) {
    return value
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  }
  const parsed = parsedJson(value);
  return Array.isArray(parsed) ? parsed : undefined;
}

/** Reads text or YAML as the type the setting has; a sentence when it can't be. */
function typed(definition: Definition, value: RawValue): { value: Value } | { problem: string } {
  const wrong = { problem: `must be ${definition.allowed}` };
  const text = () => shown(value as Value);
  switch (definition.type) {
    case "string":
      return typeof value === "object" ? wrong : { value: text() };
    case "integer":
      return /^-?\d{1,15}$/.test(text().trim()) ? { value: Number(text()) } : wrong;
    case "boolean":
      return /^(true|false)$/.test(text()) ? { value: text() === "true" } : wrong;
    case "array": {
      const found = texts(value);
      return found?.every((item) => typeof item === "string") ? { value: found } : wrong;
    }
    case "object": {
      const found = parsedJson(value);
      if (typeof found !== "object" || found === null || Array.isArray(found)) return wrong;
      return { value: found as Record<string, unknown> };
    }
  }
}

function unknownSetting(name: string, value: RawValue, world: World): Fault {
  const names = Object.keys(schema);
  // A person who writes linnix:region means the provider's aws:region.
  const near = closest(name, [...names, ...names.map((known) => known.replace(/^.*:/, ""))]);
  const likely = names.find((known) => known === near || known.endsWith(`:${near}`)) ?? near;
  const hint = distance(name, near) <= 3 ? `did you mean ${likely}?` : `known are ${names.join(", ")}`;
  return {
    key: keyOf(name),
    // A misspelt secret is one too.
    ...(world.isSecret(name) || definitions[likely]?.secret === true ? {} : { value: shown(value as Value) }),
    problem: `is no setting of this project; ${hint}`,
    remedy: removeCommand(name, world),
  };
}

/** Types every value, fills in defaults, and judges each on its own. A value at fault is left out. */
export function readValues(raw: RawSettings, world: World): { values: Values; faults: Fault[] } {
  const values: Values = {};
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(raw)) {
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (definition === undefined) {
      faults.push(unknownSetting(name, value, world));
      continue;
    }
    if (definition.secret === true && !world.isSecret(name)) {
      faults.push({
        key: keyOf(name),
        problem: "stands in plain text; it must be kept as a secret, and this value is to be taken as known to others",
        remedy: setCommand(name, world),
      });
    }
    if (value === null || isEncrypted(value)) continue;
    const result = typed(definition, value);
    const problem = "problem" in result ? result.problem : definition.refuse?.(result.value);
    if (problem !== undefined) {
      faults.push({
        key: keyOf(name),
        ...(definition.secret === true ? {} : { value: shown(value as Value) }),
        problem,
        remedy: setCommand(name, world),
      });
    } else if ("value" in result) {
      Object.assign(values, { [name]: result.value });
    }
  }
  for (const [name, definition] of Object.entries(definitions)) {
    if (!(name in values) && definition.default !== undefined) Object.assign(values, { [name]: definition.default });
  }
  return { values, faults };
}
