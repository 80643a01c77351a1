/** What a change does to each stack, as markdown for a pull request. */
import type { ShownGraph } from "../render/graph";
import { type Change, type ChangeKind, type StackGraphs, changesBetween, outputChanges } from "./compare";
import { costLine, costNote } from "./cost";

const nothing: ShownGraph = { resources: [], outputs: {} };

/** The kinds in the order of their weight, with the words for them. */
const words: Readonly<Record<ChangeKind, string>> = {
  replaced: "replaced",
  removed: "removed",
  added: "added",
  changed: "changed in place",
  options: "changed in options only",
};
const kinds = Object.keys(words) as ChangeKind[];

/** A step's summary has 1 MiB at most, and nobody reads more of one resource. What is left out is counted. */
const linesEach = 30;
const width = 160;

const cut = (line: string): string => (line.length > width ? `${line.slice(0, width - 1)}…` : line);

function limited(lines: readonly string[]): string[] {
  const shown = lines.slice(0, linesEach).map((line) => `  ${cut(line)}`);
  return lines.length > linesEach ? [...shown, `  … ${lines.length - linesEach} more lines`] : shown;
}

/** A resource and what differs of it. Each line is indented, so that no value can end the block. */
function details({ type, name, because, lines, kind }: Change): string {
  const why = because.length === 0 ? "" : ` by ${because.map((it) => `\`${it}\``).join(", ")}`;
  const head = `- ${words[kind]}${why}: \`${type}\` **${name}**`;
  // Of a removed resource, the name says it all.
  const shown = kind === "removed" ? [] : limited(lines);
  return shown.length === 0 ? head : [head, "", "  ```diff", ...shown, "  ```"].join("\n");
}

/** The counts by kind: `1 replaced, 2 added`. */
function summary(changes: readonly Change[]): string {
  const counts = kinds.flatMap((kind) => {
    const count = changes.filter((it) => it.kind === kind).length;
    return count === 0 ? [] : [`${count} ${words[kind]}`];
  });
  return counts.length === 0 ? "No resource changes." : `${counts.join(", ")}.`;
}

function section({ stack, before, after }: StackGraphs): string {
  const [old, now] = [before ?? nothing, after ?? nothing];
  const changes = changesBetween(old, now).sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  const outputs = outputChanges(old, now);
  const note = before === undefined ? " A new stack." : after === undefined ? " The stack is removed." : "";
  const shown = outputs.length === 0 ? [] : ["- stack outputs", "", "  ```diff", ...limited(outputs), "  ```"];
  const body = [...changes.map(details), ...(shown.length === 0 ? [] : [shown.join("\n")])];
  return [`## ${stack}`, `${summary(changes)}${note}`, ...body].join("\n\n");
}

const footer =
  "From the graphs that both versions render, without credentials: the stacks' state and the providers' own rules have " +
  "no part in it. Ids have placeholders, so what is replaced because something that it uses is replaced is not shown as such. " +
  "`pulumi preview` has the last word.";

/** The report on all stacks. */
export function graphDiff(stacks: readonly StackGraphs[]): string {
  const costs = ["## Cost", stacks.map(costLine).join("\n"), costNote].join("\n\n");
  return `${[...stacks.map(section), costs, footer].join("\n\n")}\n`;
}
