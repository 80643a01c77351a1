/** The tags that a call sets, in the forms of AWS's protocols. Pure. */
import type { Call } from "../api/call";

/** Tags by key. */
export type Tags = Readonly<Record<string, string>>;

type Parameters = Call["parameters"];

/** The numbered parameters of the query protocol: `Tag.1.Key=a&Tag.1.Value=b` with the prefix `Tag`. */
function numbered(parameters: Parameters, prefix: string): Tags {
  const found: Record<string, string> = {};
  const text = (name: string) => (parameters[name] ?? "") as string;
  for (let index = 1; `${prefix}.${index}.Key` in parameters; index++)
    found[text(`${prefix}.${index}.Key`)] = text(`${prefix}.${index}.Value`);
  return found;
}

/** A list of tags, or an object, as JSON protocols have them. */
function listed(given: unknown): Tags {
  if (!Array.isArray(given)) return (given ?? {}) as Tags;
  const pairs = given as { Key?: string; Value?: string; TagKey?: string; TagValue?: string }[];
  return Object.fromEntries(pairs.map((it) => [it.Key ?? it.TagKey ?? "", it.Value ?? it.TagValue ?? ""]));
}

/** EC2's tags of one type of what a call makes; undefined if it sets none for this type. */
export function specifiedTags(parameters: Parameters, type: string): Tags | undefined {
  for (let index = 1; `TagSpecification.${index}.ResourceType` in parameters; index++)
    if (parameters[`TagSpecification.${index}.ResourceType`] === type)
      return numbered(parameters, `TagSpecification.${index}.Tag`);
  return undefined;
}

/** The tags that a call sets or removes, whatever it calls them; those of {@link specifiedTags} are not among them. */
export function tagsOfCall({ parameters }: Pick<Call, "parameters">): Tags {
  return {
    ...numbered(parameters, "Tag"),
    ...numbered(parameters, "Tags.member"),
    ...listed(parameters.Tags ?? parameters.tags),
  };
}

/** Condition keys of tags: `RequestTag` of those in the call, `ResourceTag` of those that the resource has. */
export const tagContext = (kind: "RequestTag" | "ResourceTag", tags: Tags = {}): Tags =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:${kind}/${key}`, value]));
