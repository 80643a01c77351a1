/** Reads YAML as Pulumi does; see go-scalar.ts for the scalars. */
import { type Node, type YAMLMap, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from "yaml";

import { type Scalar, isUnrepresentable, plainScalar } from "./go-scalar";

/** A map of a settings file, in its order. */
export type YamlMap = ReadonlyMap<string, YamlValue>;

/** A value of a settings file. */
export type YamlValue = Scalar | readonly YamlValue[] | YamlMap;

/** Why a text cannot be read, as the end of a sentence about the file. */
export class YamlProblem extends Error {}

export const isYamlMap = (value: YamlValue | undefined): value is YamlMap => value instanceof Map;
const isList = (value: YamlValue): value is readonly YamlValue[] => Array.isArray(value);
export const isScalarValue = (value: YamlValue): value is Scalar => !isYamlMap(value) && !isList(value);

const stringTags = ["!", "!!str", "tag:yaml.org,2002:str"];

/** One document: its nodes, and where they are. */
class Reader {
  constructor(
    private readonly document: ReturnType<typeof parseAllDocuments>[number] & object,
    private readonly source: string,
  ) {}

  read(node: Node | null | undefined, above: readonly Node[] = []): YamlValue {
    if (node === null || node === undefined) return { kind: "null" };
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target === undefined) throw new YamlProblem(`has an alias without an anchor, ${this.place(node)}`);
      if (above.includes(target)) throw new YamlProblem(`has an alias inside of what it names, ${this.place(node)}`);
      return this.read(target, above);
    }
    if (isMap(node)) return this.map(node as YAMLMap<Node, Node>, [...above, node]);
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node, [...above, node]));
    return this.scalar(node);
  }

  private place(node: Node): string {
    const start = node.range?.[0] ?? 0;
    return `in line ${this.source.slice(0, start).split("\n").length}`;
  }

  private scalar(node: Node): Scalar {
    if (!isScalar(node)) throw new YamlProblem(`has something unknown ${this.place(node)}`);
    const value = typeof node.value === "string" ? node.value : "";
    if (node.tag !== undefined && !stringTags.includes(node.tag))
      throw new YamlProblem(`has the tag ${node.tag} ${this.place(node)}; remove it`);
    if (node.type !== "PLAIN" || node.tag !== undefined) return { kind: "text", text: value };
    if (isUnrepresentable(value))
      throw new YamlProblem(`has ${value} ${this.place(node)}, which Pulumi cannot pass on; write it in quotes`);
    return plainScalar(value);
  }

  private map(map: YAMLMap<Node, Node>, above: readonly Node[]): YamlMap {
    const own = new Map<string, YamlValue>();
    const inherited: YamlMap[] = [];
    for (const { key, value } of map.items) {
      if (isScalar(key) && key.type === "PLAIN" && key.value === "<<") {
        inherited.push(...this.merged(this.read(value, above), key));
        continue;
      }
      const name = this.read(key, above);
      if (!isScalarValue(name) || name.kind !== "text")
        throw new YamlProblem(`has a key that is not text ${this.place(key)}; write it in quotes`);
      if (own.has(name.text)) throw new YamlProblem(`has the key ${name.text} twice, again ${this.place(key)}`);
      own.set(name.text, this.read(value, above));
    }
    // The map's own keys win over merged ones, and earlier merged ones over later.
    const entries = new Map<string, YamlValue>();
    for (const level of [own, ...inherited])
      for (const [name, value] of level) if (!entries.has(name)) entries.set(name, value);
    return entries;
  }

  private merged(value: YamlValue, key: Node): YamlMap[] {
    return (isList(value) ? value : [value]).map((it) => {
      if (isYamlMap(it)) return it;
      throw new YamlProblem(`merges something that is not a map, ${this.place(key)}`);
    });
  }
}

/** @throws YamlProblem if Pulumi could not read it either, or not pass its values on. */
export function parsePulumiYaml(text: string): YamlValue {
  const source = text.replace(/^\uFEFF/, "");
  // Without a schema, a scalar keeps its source. Pulumi, too, reads the first document only.
  const documents = parseAllDocuments(source, { schema: "failsafe", logLevel: "silent" });
  const [document] = Array.isArray(documents) ? documents : [];
  if (document === undefined) return { kind: "null" };
  // Pulumi's parser accepts a comment without a space before it.
  const [error] = document.errors.filter(({ message }) => !message.startsWith("Comments must be separated"));
  if (error !== undefined) throw new YamlProblem(`is not valid YAML: ${error.message.split("\n")[0] ?? ""}`);
  return new Reader(document, source).read(document.contents);
}

/** A value as JavaScript has it. */
export function toPlain(value: YamlValue): unknown {
  if (isYamlMap(value)) return Object.fromEntries([...value].map(([name, it]) => [name, toPlain(it)]));
  if (isList(value)) return value.map(toPlain);
  switch (value.kind) {
    case "text":
      return value.text;
    case "number":
      return Number(value.digits);
    case "boolean":
      return value.value;
    case "null":
      return null;
  }
}
