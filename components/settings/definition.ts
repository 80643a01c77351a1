/** What one setting is, and the usual kinds of it. */

/** A value of any setting's type. */
export type Value = string | number | boolean | readonly string[] | Readonly<Record<string, unknown>>;

/** A value as text, for messages and patterns. */
export const shown = (value: Value | null | undefined): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

/** One setting. */
export interface Definition {
  /** An array is of text; from the command line it may also come separated by commas. */
  readonly type: "string" | "integer" | "boolean" | "array" | "object";
  /** Left out: there is none, and the setting is optional. */
  readonly default?: string | number | boolean;
  /** What a person may write, in words. */
  readonly allowed: string;
  /** A value to show in a remedy, as a shell takes it. */
  readonly example: string;
  /** Faults of one well-typed value: a sentence on what is wrong, or nothing. */
  readonly refuse?: (value: Value) => string | undefined;
  readonly secret?: boolean;
  /** Means something only where `linnix:host` is ec2. */
  readonly ec2Only?: boolean;
}

type Judged = Pick<Definition, "allowed" | "refuse">;

export const truth = { type: "boolean", example: "true", allowed: "true or false" } as const;

export function oneOf(...values: string[]): Judged {
  return {
    allowed: values.join(" or "),
    refuse: (value) => (values.includes(shown(value)) ? undefined : `must be ${values.join(" or ")}`),
  };
}

export function range(least: number, most: number, unit: string): Judged {
  const allowed = `${unit} from ${least} to ${most}`;
  return {
    allowed,
    refuse: (value) => (Number(value) >= least && Number(value) <= most ? undefined : `must be ${allowed}`),
  };
}

export function matching(pattern: RegExp, allowed: string): Judged {
  return { allowed, refuse: (value) => (pattern.test(shown(value)) ? undefined : `must be ${allowed}`) };
}
