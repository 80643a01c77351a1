/** The properties of the npm package's resources and functions, read from its declarations. */
import * as fs from "node:fs";
import * as path from "node:path";

import ts from "typescript";

/** The form of a value, as module/shapes.go describes it. */
export type Shape = "value" | readonly [Shape] | { readonly [property: string]: Shape };

type ObjectShape = Record<string, Shape>;

const folder = path.dirname(require.resolve("@pulumi/aws/package.json"));

function sourceOf(file: string): ts.SourceFile {
  const place = path.join(folder, file);
  return ts.createSourceFile(place, fs.readFileSync(place, "utf8"), ts.ScriptTarget.Latest);
}

type Members = ts.NodeArray<ts.TypeElement> | ts.NodeArray<ts.ClassElement>;
type Types = ReadonlyMap<string, Members>;

/** All interfaces in the namespaces of a file, by `namespace.Interface`. */
function typesOf(file: string, alias: string): Types {
  const types = new Map<string, Members>();
  const visit = (node: ts.Node, prefix: string): void => {
    if (ts.isModuleDeclaration(node)) {
      const { body, name } = node;
      if (body !== undefined)
        ts.forEachChild(body, (child) => {
          visit(child, `${prefix}.${name.text}`);
        });
    }
    if (ts.isInterfaceDeclaration(node)) types.set(`${prefix}.${node.name.text}`, node.members);
  };
  ts.forEachChild(sourceOf(file), (node) => {
    visit(node, alias);
  });
  return types;
}

/** The package's types. */
export class PackageShapes {
  private readonly types: Types = new Map([
    ...typesOf("types/input.d.ts", "inputs"),
    ...typesOf("types/output.d.ts", "outputs"),
  ]);

  private nameOf(name: ts.EntityName): string {
    return ts.isIdentifier(name) ? name.text : `${this.nameOf(name.left)}.${name.right.text}`;
  }

  private shapeOf(type: ts.TypeNode | undefined): Shape {
    if (type === undefined) return "value";
    if (ts.isParenthesizedTypeNode(type)) return this.shapeOf(type.type);
    if (ts.isArrayTypeNode(type)) return [this.shapeOf(type.elementType)];
    if (ts.isUnionTypeNode(type)) {
      const shapes = type.types.map((it) => this.shapeOf(it));
      return shapes.find((it) => it !== "value") ?? "value";
    }
    if (!ts.isTypeReferenceNode(type)) return "value";
    const name = this.nameOf(type.typeName);
    if (["pulumi.Output", "pulumi.Input"].includes(name)) return this.shapeOf(type.typeArguments?.[0]);
    const members = this.types.get(name);
    return members === undefined ? "value" : this.objectOf(members);
  }

  private objectOf(members: Members): ObjectShape {
    const object: ObjectShape = {};
    for (const member of members)
      if ((ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) && ts.isIdentifier(member.name))
        object[member.name.text] = this.shapeOf(member.type);
    return object;
  }

  /** The properties of a resource or the arguments and results of a function, by its token. */
  of(token: string): ObjectShape {
    const [, file = "", name = ""] = /^aws:(?:index\/)?(.*):(\w+)$/.exec(token) ?? [];
    const capital = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const wanted = [`${capital}Args`, `${capital}Result`, capital];
    const all: ObjectShape = {};
    ts.forEachChild(sourceOf(`${file}.d.ts`), (node) => {
      if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) return;
      if (node.name === undefined || !wanted.includes(node.name.text)) return;
      const members = ts.isClassDeclaration(node)
        ? node.members.filter((it) => !ts.getModifiers(it as ts.PropertyDeclaration)?.some(isStaticOrPrivate))
        : node.members;
      Object.assign(all, this.objectOf(members as unknown as Members));
    });
    return all;
  }
}

const isStaticOrPrivate = ({ kind }: ts.Modifier): boolean =>
  kind === ts.SyntaxKind.StaticKeyword || kind === ts.SyntaxKind.PrivateKeyword;

/** What two shapes do not have in common, one line each. */
export function differences(place: string, ours: Shape, theirs: Shape): string[] {
  const form = (shape: Shape) => (shape === "value" ? "a value" : Array.isArray(shape) ? "a list" : "an object");
  if (form(ours) !== form(theirs)) return [`${place}: ${form(ours)}, and ${form(theirs)} in the package`];
  if (ours === "value" || theirs === "value") return [];
  if (Array.isArray(ours)) return differences(`${place}[]`, ours[0] as Shape, (theirs as readonly [Shape])[0]);
  const [left, right] = [ours as ObjectShape, theirs as ObjectShape];
  return [
    ...Object.keys(left).flatMap((name) => (name in right ? [] : [`${place}.${name}: not in the package`])),
    ...Object.keys(right).flatMap((name) => (name in left ? [] : [`${place}.${name}: in the package only`])),
    ...Object.keys(left).flatMap((name) =>
      name in right ? differences(`${place}.${name}`, left[name] ?? "value", right[name] ?? "value") : [],
    ),
  ];
}
