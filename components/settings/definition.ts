/** The definition of one setting, and helpers for the usual kinds of it. */
import { withoutSecrets } from "./address";
import type { ConfigSections } from "./cognitod/types";

/** The kinds of host that both services can run on; `linnix:host` selects one. */
export const hostKinds = ["local", "ec2"] as const;

/** One of {@link hostKinds}. */
export type HostKind = (typeof hostKinds)[number];

/** A value of any setting's type. */
export type Value = string | number | boolean | readonly string[] | Readonly<Record<string, string>> | ConfigSections;

/** A value as text, for messages. */
export const asText = (value: string | number | boolean | object | null): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

/** A value for a message. */
export const shownValue = (value: Parameters<typeof asText>[0]): string => withoutSecrets(asText(value));

interface CommonDefinition {
  /** What the setting does, in full sentences: for `pulumi config`, Pulumi.yaml and docs/SETTINGS.md. */
  readonly description: string;
  /** The allowed values, in words that follow "must be". */
  readonly allowed: string;
  /** A value for the remedy of a fault and for the documentation, quoted for a shell. */
  readonly example: string;
  /** What applies when the setting is not set and has no constant default. */
  readonly whenUnset?: string;
  /** Must be stored encrypted. False by default. */
  readonly secret?: boolean;
  /** The kinds of host that the setting applies to. All by default. */
  readonly hosts?: readonly HostKind[];
  /** What the other kinds of host have instead, for the error of a setting that does not apply to them. */
  readonly elsewhere?: string;
}

/** A definition by its value's type. Without a default, the setting is optional. */
interface TypedDefinition<Type extends string, T extends Value> extends CommonDefinition {
  readonly type: Type;
  readonly default?: T;
  /** The allowed values, if there are only a few. They become the value's type. */
  readonly values?: readonly T[];
  /** Checks one value of the right type: returns what is wrong with it, or undefined. */
  readonly problem?: (value: T) => string | undefined;
}

/** One setting. */
export type Definition =
  | TypedDefinition<"string", string>
  | TypedDefinition<"integer", number>
  | TypedDefinition<"boolean", boolean>
  /** A list of text. On the command line it may also be text separated by commas. */
  | TypedDefinition<"array", readonly string[]>
  /** A map from names to text. */
  | TypedDefinition<"object", Readonly<Record<string, string>>>
  /** A map of sections, whose values have any type. */
  | TypedDefinition<"sections", ConfigSections>;

/** A path. Control characters are valid in it, but no one means them. */
export const somePath = /^\.{0,2}\/\P{Cc}+$/u;

/** A word that stands for a source or a model, or a path. */
export const keywordOrPath = new RegExp(`^(auto|upstream|sample)$|${somePath.source}`, "u");

export const booleanSetting = { type: "boolean", example: "true", allowed: "true or false" } as const;

/** Words as an English list: `a, b or c`. */
const alternatives = (words: readonly string[]) => `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;

/** Allows these words only; the setting's value has their union as its type. */
export function oneOf<const Words extends readonly string[]>(...values: Words) {
  const allowed = alternatives(values);
  return {
    values,
    allowed,
    problem: (value: string) => (values.includes(value) ? undefined : `must be ${allowed}`),
  };
}

/** Allows the whole numbers from `least` to `most`, both included. */
export function range(least: number, most: number, unit: string) {
  const allowed = `${unit} from ${least} to ${most}`;
  return {
    allowed,
    problem: (value: number) => (value >= least && value <= most ? undefined : `must be ${allowed}`),
  };
}

/** Allows text that matches a pattern. */
export function matching(pattern: RegExp, allowed: string) {
  return { allowed, problem: (value: string) => (pattern.test(value) ? undefined : `must be ${allowed}`) };
}
