import { type Definition, type HostKind, asText, hostKinds } from "../../components/settings/definition";
import { keyOf, schema } from "../../components/settings/schema";

const typeNames: Readonly<Record<Definition["type"], string>> = {
  string: "string",
  integer: "integer",
  boolean: "boolean",
  array: "array of strings",
  object: "object with string values",
  sections: "object of objects",
};

function defaultOf({ default: value, whenUnset }: Definition): string {
  if (value !== undefined) return `\`${asText(value)}\``;
  return whenUnset ?? "none";
}

function section([name, definition]: [string, Definition]): string {
  const { secret = false, example } = definition;
  const command = `pulumi config set ${secret ? "--secret " : ""}${keyOf(name)} ${example}`.trimEnd();
  return [
    `### ${keyOf(name)}`,
    "",
    definition.description,
    "",
    `- Type: ${typeNames[definition.type]}${secret ? ", secret" : ""}`,
    `- Default: ${defaultOf(definition)}`,
    `- Allowed: ${definition.allowed.replaceAll("<", "&lt;")}`,
    `- Example: \`${command}\``,
    "",
  ].join("\n");
}

const introduction = `<!-- Generated from components/settings/schema.ts by \`npm run docs\`. Do not edit. -->

# Settings

Settings are in \`Pulumi.<stack>.yaml\`. Edit the file, or run \`pulumi config set linnix:<name> <value> --stack <stack>\`.
\`npm run check -- <stack>\` validates a stack's settings without touching anything.

Unknown keys, wrong types, values that are not allowed and contradictory settings are rejected before any resource is
registered. All errors are reported at once, each with a command or an action that fixes it.

A secret must be stored encrypted: \`pulumi config set --secret …\`. Without a value, that command asks for one, so that
the secret does not get into the shell's history.

With plain Pulumi, \`auto\` means upstream's source and model, the public registries, and root as cognitod's user. Only \`npm start\` probes what is
reachable and may choose differently. It prints each choice and writes it to \`$LINNIX_HOME/Pulumi.<stack>.yaml\`.
`;

const titles: Readonly<Record<HostKind, string>> = { local: "Local only", ec2: "EC2 only" };

/** docs/SETTINGS.md: every setting, those of both kinds of host first. */
export function settingsPage(): string {
  const all = Object.entries<Definition>(schema);
  return [
    introduction,
    "## Both kinds of host\n",
    ...all.filter(([, { hosts }]) => hosts === undefined).map(section),
    ...hostKinds.flatMap((kind) => [
      `## ${titles[kind]}\n`,
      `These settings apply only if \`linnix:host\` is \`${kind}\`.\n`,
      ...all.filter(([, { hosts }]) => hosts?.includes(kind)).map(section),
    ]),
  ].join("\n");
}
