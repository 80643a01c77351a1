/** A resource graph as mermaid's text, which GitHub draws in a code block `mermaid`. Pure. */
import { safeText } from "../../components/safe-text";
import type { ShownGraph, ShownResource } from "./graph";

/** The most bytes of a label. */
const labelBytes = 100;

/** A label in quotes: mermaid reads `#…;` as a character and `<…>` as markup. */
function label(text: string): string {
  const plain = safeText(text, labelBytes).replace(/\s+/g, " ");
  const codes: Readonly<Record<string, string>> = { "#": "35", '"': "quot", "<": "lt", ">": "gt", "&": "amp" };
  return plain.replace(/[#"<>&]/g, (it) => `#${codes[it] ?? ""};`);
}

/** `aws:ec2/subnet:Subnet` is "ec2 Subnet", a type of another package its last part. */
function kindOf(type: string): string {
  const [provider = "", module = "", kind = type] = type.split(":");
  return provider === "aws" ? `${module.split("/")[0] ?? ""} ${kind}` : kind;
}

/** A name without its parent's, which every child's begins with. */
const ownName = ({ name, parent }: ShownResource): string =>
  parent !== "" && name.startsWith(`${parent}-`) ? name.slice(parent.length + 1) : name;

/** A resource in the tree of parents. */
interface Node {
  /** An identifier of its own: names have characters and words that mermaid would read as its own. */
  readonly id: string;
  readonly resource: ShownResource;
  readonly children: readonly Node[];
}

/** The nodes below a parent; identifiers extend that of the parent. */
function childrenOf(parent: string, resources: readonly ShownResource[], above = "r"): Node[] {
  return resources
    .filter((resource) => resource.parent === parent)
    .map((resource, index) => {
      const id = `${above}_${index + 1}`;
      return { id, resource, children: childrenOf(resource.name, resources, id) };
    });
}

function nodeLines({ id, resource, children }: Node, indent: string): string[] {
  const [name, kind] = [label(ownName(resource)), label(kindOf(resource.type))];
  if (children.length === 0) return [`${indent}${id}["${name}<br>${kind}"]`];
  const below = children.flatMap((child) => nodeLines(child, `${indent}  `));
  return [`${indent}subgraph ${id}["${name} (${kind})"]`, ...below, `${indent}end`];
}

/** Every node's path from the top, by its resource's name. */
function pathsOf(nodes: readonly Node[], above: readonly Node[] = []): [string, readonly Node[]][] {
  return nodes.flatMap((node) => {
    const path = [...above, node];
    return [[node.resource.name, path] as [string, readonly Node[]], ...pathsOf(node.children, path)];
  });
}

/**
 * What needs what. A dependency between the insides of two components is drawn between the outermost components that do not
 * contain both, once: a picture with each of them could not be read.
 */
function edgeLines(roots: readonly Node[]): string[] {
  const paths = new Map(pathsOf(roots));
  const edges = [...paths.values()].flatMap((from) => {
    const needs = from.at(-1)?.resource.options.dependsOn ?? [];
    return needs.flatMap((name) => {
      const to = paths.get(name) ?? [];
      const fork = from.findIndex((node, depth) => node !== to[depth]);
      const [one, other] = [from[fork], to[fork]];
      return one === undefined || other === undefined ? [] : [`  ${one.id} --> ${other.id}`];
    });
  });
  return [...new Set(edges)];
}

/** The picture: each resource once, inside its parents; an arrow goes to what a resource needs. */
export function mermaidText({ resources }: Pick<ShownGraph, "resources">): string {
  const roots = childrenOf("", resources);
  const nodes = roots.flatMap((node) => nodeLines(node, "  "));
  return ["flowchart LR", "  %% An arrow goes to what a resource needs.", ...nodes, ...edgeLines(roots), ""].join("\n");
}
