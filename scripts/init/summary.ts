/** What a new stack will be, for a person. Pure. */
import type { HostKind } from "../../components/settings/definition";
import { shellQuoted } from "../../components/shell-quoted";
import { hanging } from "../lib/wrap";
import type { Graph } from "../render/graph";

/** A component, and the resources that are directly in it. */
export interface ComponentCount {
  readonly component: string;
  /** How many of each kind: `MetricAlarm` → 8. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly count: number;
}

const kindOf = (type: string): string => type.split(":").at(-1) ?? type;

/** The components that have resources of their own, by name. */
export function countsByComponent({ resources }: Pick<Graph, "resources">): ComponentCount[] {
  const own = resources.filter(({ custom }) => custom);
  const components = [...new Set(own.map(({ parent }) => parent))].sort();
  return components.map((component) => {
    const types = own.filter(({ parent }) => parent === component).map(({ type }) => kindOf(type));
    const kinds: Record<string, number> = {};
    for (const kind of types) kinds[kind] = (kinds[kind] ?? 0) + 1;
    return { component, kinds, count: types.length };
  });
}

/** What an update makes, by component, in lines of at most `columns`. */
export function madeText(graph: Pick<Graph, "resources">, columns: number): string {
  const counts = countsByComponent(graph);
  const width = Math.max(...counts.map(({ component }) => component.length));
  const kinds = (all: ComponentCount["kinds"]) =>
    Object.entries(all)
      .map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`))
      .join(", ");
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return [
    `What it will make: ${total} resources`,
    ...counts.flatMap((it) => {
      const head = `  ${it.component.padEnd(width)} ${String(it.count).padStart(3)}: `;
      return hanging(head, kinds(it.kinds), columns);
    }),
    "",
  ].join("\n");
}

/** The commands to type next. */
export function nextText(stack: string, host: HostKind): string {
  const name = shellQuoted(stack);
  const commands: Readonly<Record<HostKind, readonly string[]>> = {
    local: [`npm start -- ${name}`, `npm run status -- ${name}`, `npm stop -- ${name}`],
    ec2: [
      "pulumi login                # the backend of your own that keeps the state",
      `pulumi stack init ${name}`,
      `pulumi up --stack ${name}`,
      `npm run status -- ${name}`,
    ],
  };
  return ["Next, type", ...commands[host].map((line) => `  ${line}`), ""].join("\n");
}
