/** What a rule is, and the resources that it judges. Pure: rules know neither the engine nor the pack. */

/** A resource's inputs. */
export type Inputs = Readonly<Record<string, unknown>>;

/** What a rule looks at. */
export interface Looked {
  readonly type: string;
  readonly name: string;
  /** In a stack rule that Pulumi runs: the outputs, which repeat the inputs. */
  readonly inputs: Inputs;
  readonly options?: { readonly protect?: boolean };
}

/** A resource in an example. */
export type Example = Omit<Looked, "name">;

interface Common {
  /** The control's id in Security Hub, or words. */
  readonly id: string;
  readonly says: string;
  /** A resource that breaks it. */
  readonly broken: Example;
  /** Resources without which that is no breach. */
  readonly given?: readonly Example[];
}

/**
 * A rule on each resource by itself. Preferred: if it needs a value that a preview does not know, Pulumi says so for that
 * resource only. It looks at one property, so that it judges whenever that one is known.
 */
export interface ResourceRule extends Common {
  readonly judges: (type: string) => boolean;
  readonly holds: (resource: Looked) => boolean;
  /** What exactly breaks it, where a resource describes several things. */
  readonly detail?: (resource: Looked) => string;
}

/** A rule on resources together. */
export interface StackRule extends Common {
  /** The resources that break it. */
  readonly breaches: <T extends Looked>(all: readonly T[]) => readonly T[];
}

/** One rule. */
export type Rule = ResourceRule | StackRule;

/** The resources that break a rule. */
export function breaches<T extends Looked>(rule: Rule, all: readonly T[]): readonly T[] {
  if ("breaches" in rule) return rule.breaches(all);
  return all.filter((it) => rule.judges(it.type) && !rule.holds(it));
}

/** A rule on the inputs of one type. */
export const inputsOf = (type: string, holds: (inputs: Inputs) => boolean): Pick<ResourceRule, "judges" | "holds"> => ({
  judges: (it) => it === type,
  holds: ({ inputs }) => holds(inputs),
});

/** The resources of a type. */
export const ofType = <T extends Looked>(all: readonly T[], type: string): T[] => all.filter((it) => it.type === type);

/** A nested value: an empty one if it is not set. */
export const nested = (value: unknown): Inputs => (value ?? {}) as Inputs;

/** A text: an empty one if it is not set. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A list: an empty one if it is not set. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what the provider takes
export const list = <T>(value: unknown): readonly T[] => (value ?? []) as readonly T[];
