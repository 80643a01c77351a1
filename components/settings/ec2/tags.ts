/** Tags that the project sets. AWS distinguishes tags by case, but a second one that differs by case only misleads. */
const ownTags = /^(project|stack|owner|name|linnixdata)$/i;

const isTagText = (text: string, least: number, most: number) =>
  text.length >= least && text.length <= most && /^[\p{L}\p{N} _.:/=+@-]*$/u.test(text);

/** Checks `linnix:tags`. Returns what is wrong and the names of the invalid tags, or undefined. */
export function tagsProblem(tags: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(tags);
  if (entries.length > 40) return `must have at most 40 tags, beside the project's own; it has ${entries.length}`;
  const invalid = (rule: string, test: (name: string, text: string) => boolean) => {
    const names = entries.filter(([name, text]) => test(name, text)).map(([name]) => name);
    return names.length > 0 ? `${rule}; invalid: ${names.join(", ")}` : undefined;
  };
  const own = "must not set Project, Stack, Owner (use linnix:owner), Name or LinnixData, which the project sets";
  const folded = entries.map(([name]) => name.toLowerCase());
  const repeated = (name: string) => folded.filter((other) => other === name.toLowerCase()).length > 1;
  return (
    invalid("must not use names that begin with aws:, which AWS reserves", (name) => /^aws:/i.test(name)) ??
    invalid(own, (name) => ownTags.test(name)) ??
    invalid("must have names of 1 to 128 letters, digits, spaces or _.:/=+-@", (name) => !isTagText(name, 1, 128)) ??
    invalid("must have values of up to 256 such characters", (_, text) => !isTagText(text, 0, 256)) ??
    invalid("must not have values that begin with aws:, which AWS reserves", (_, text) => /^aws:/i.test(text)) ??
    invalid("must not use names that differ by case only, which IAM refuses", repeated)
  );
}
