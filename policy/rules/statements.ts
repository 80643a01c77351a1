/** The statements of policies: of roles, keys, topics and buckets. */
import { type Inputs, type ResourceRule, inputsOf } from "./rule";

/** A statement. */
export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** One or many, as a list. */
export const each = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** The statements of a resource's policy. */
export function statements({ policy }: Inputs): readonly Statement[] {
  return typeof policy === "string" ? (JSON.parse(policy) as { Statement: readonly Statement[] }).Statement : [];
}

/** Whether a principal includes everyone, as one that is missing does. */
export const isEveryone = ({ Principal }: Statement): boolean => JSON.stringify(Principal ?? "*").includes('"*"');

/** A rule on a type whose policy allows nothing of a kind. */
export const allowsNone = (
  type: string,
  bad: (statement: Statement) => boolean,
): Pick<ResourceRule, "judges" | "holds"> =>
  inputsOf(type, (inputs) => !statements(inputs).some((it) => it.Effect === "Allow" && bad(it)));

/** A policy of one statement that allows something. */
export const allowing = (statement: object): string =>
  JSON.stringify({ Statement: [{ Effect: "Allow", ...statement }] });
