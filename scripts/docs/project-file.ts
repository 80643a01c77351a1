import type { Definition } from "../../components/settings/definition";
import { keyOf, schema } from "../../components/settings/schema";

/** Width of the comments, in characters. */
const width = 116;

/** Breaks text into lines at spaces. */
function wrap(text: string, length: number): string[] {
  return text.split(" ").reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > length) return [...lines, word];
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
}

function declaration([name, { type, default: value, description }]: [string, Definition]): string[] {
  return [
    `  ${keyOf(name)}:`,
    `    type: ${type}`,
    `    default: ${JSON.stringify(value)}`,
    `    description: ${JSON.stringify(description)}`,
  ];
}

function comment([name, { secret = false, description }]: [string, Definition]): string[] {
  const lines = wrap(`${secret ? "Secret. " : ""}${description}`, width - 6);
  return [`#   ${keyOf(name)}`, ...lines.map((line) => `#     ${line}`)];
}

/**
 * Replaces the `config` section of Pulumi.yaml, which is the last one. Only settings that have a default are declared:
 * Pulumi requires a value for any other declared one. The rest is listed in comments.
 */
export function projectFile(current: string): string {
  const all = Object.entries<Definition>(schema);
  const section = [
    "config:",
    ...all.filter(([, definition]) => definition.default !== undefined).flatMap(declaration),
    "# Settings without a default:",
    ...all.filter(([, definition]) => definition.default === undefined).flatMap(comment),
  ];
  return current.replace(/^config:\n[^]*/m, () => `${section.join("\n")}\n`);
}
