/** What an update would do to a stack, from the graphs before and after a change. */
import type { ShownGraph, ShownResource } from "../render/graph";
import { type Line, differences, graphLines } from "../render/lines";
import { replacingInputs, same } from "./replacing";

/** A stack in both versions; one that only one version has is undefined in the other. */
export interface StackGraphs {
  readonly stack: string;
  readonly before: ShownGraph | undefined;
  readonly after: ShownGraph | undefined;
}

export type ChangeKind = "added" | "removed" | "replaced" | "changed" | "options";

/** What happens to one resource. */
export interface Change {
  /** `options`: only what the engine keeps about the resource, such as its protection; no provider is asked. */
  readonly kind: ChangeKind;
  readonly type: string;
  readonly name: string;
  /** What replaces the resource: inputs or options. */
  readonly because: readonly string[];
  /** The properties that differ: `+ name = value`, `- name = value`. */
  readonly lines: readonly string[];
}

/** A resource with the inputs that the engine compares: without those whose changes are ignored. */
function compared(resource: ShownResource): ShownResource {
  const ignored = resource.options.ignoreChanges ?? [];
  const inputs = Object.entries(resource.inputs).filter(([name]) => !ignored.includes(name));
  return { ...resource, inputs: Object.fromEntries(inputs) };
}

const linesOf = (resource: ShownResource | undefined): Line[] =>
  resource === undefined ? [] : graphLines({ resources: [resource], outputs: {} });

/** What makes a resource another one, except for the rename that a graph shows as a removed and an added one. */
function reasons(before: ShownResource, after: ShownResource): string[] {
  const options = (["importId", "replacementTrigger"] as const).filter(
    (name) => !same(before.options[name], after.options[name]),
  );
  // The parent is part of the identity in the state; a graph does not show the alias that keeps it.
  const parent = before.parent === after.parent ? [] : ["parent, unless it has an alias"];
  return [...options, ...parent, ...replacingInputs(after.type, before.inputs, after.inputs)];
}

function changeOf(earlier: ShownResource | undefined, later: ShownResource | undefined): Change | undefined {
  const [before, after] = [earlier, later].map((it) => (it === undefined ? undefined : compared(it)));
  const { type = "", name = "" } = after ?? before ?? {};
  const change = (kind: ChangeKind, because: readonly string[] = []): Change => {
    const lines = differences(linesOf(before), linesOf(after)).map(({ text }) => text);
    return { kind, type, name, because, lines };
  };
  if (before === undefined) return change("added");
  if (after === undefined) return change("removed");
  const because = reasons(before, after);
  if (because.length > 0) return change("replaced", because);
  if (!same(before.inputs, after.inputs)) return change("changed");
  return same(before.options, after.options) ? undefined : change("options");
}

/** Every resource that differs between two graphs, paired by type and name, in the order of the later graph. */
export function changesBetween(before: ShownGraph, after: ShownGraph): Change[] {
  const key = ({ type, name }: ShownResource) => `${type} ${name}`;
  const byKey = ({ resources }: ShownGraph) => new Map(resources.map((resource) => [key(resource), resource]));
  const [earlier, later] = [byKey(before), byKey(after)];
  return [...new Set([...later.keys(), ...earlier.keys()])].flatMap(
    (name) => changeOf(earlier.get(name), later.get(name)) ?? [],
  );
}

/** The stack outputs that differ, as lines. */
export function outputChanges(before: ShownGraph, after: ShownGraph): string[] {
  const lines = ({ outputs }: ShownGraph) => graphLines({ resources: [], outputs });
  return differences(lines(before), lines(after)).map(({ text }) => text);
}
