import * as path from "node:path";

import pins from "../../pins.json";
import { version } from "../../components/project";
import { projectFolder } from "../lib/home";
import { readStackFile } from "../lib/stack-file";
import { type Line, differenceText, fileLines, graphLines, linesText } from "./lines";
import { type RenderedStack, renderStack } from "./render-stack";
import { variations } from "./variations";

/** The stacks whose renders are in the repository. */
const stacks = ["local", "dev", "prod"] as const;

/** The folder that holds all renders. */
export const goldenFolder = path.join(projectFolder, "tests/fixtures/golden");

/** Pinned values that are recognised wherever they are, by their names in pins.json. */
const pinned: readonly (readonly [value: string, name: string])[] = [
  ...Object.entries(pins.images).map(([name, image]) => [image, `images.${name}`] as const),
  [pins.linnixCommit, "linnixCommit"],
];

/** Replaces what changes without a change in meaning: hashes, pinned versions, and the project's own version. */
function withNames(text: string, release: unknown): string {
  const named = pinned.reduce((result, [value, name]) => result.replaceAll(value, `<${name}>`), text);
  return named
    .replaceAll(String(release), "<release>")
    .replace(
      /(?<=:(?:content-)?(?:\d+\.\d+\.\d+-)?|-(?:cognitod|config)-)[0-9a-f]{12,32}(?=(?:-(?:amd|arm)64)?")/g,
      "<content>",
    )
    .replaceAll(`"${pins.bpfLinker}"`, '"<bpfLinker>"')
    .replaceAll(`"${version}"`, '"<version>"')
    .replaceAll(`${version}-<content>`, "<version>-<content>")
    .replace(/(?<=host\/|"sha256": "|sha256 = ")[0-9a-f]{64}\b/g, "<bundle>")
    .replace(/(?<=contentBase64 = )"[^"]*"/g, '"<archive>"')
    .replace(/(?<=userData = )"(?:[^"\\]|\\.)*"/g, '"<user data>"');
}

interface Rendered {
  readonly graph: readonly Line[];
  readonly files: Readonly<Record<string, string>>;
}

function rendered({ graph, files }: RenderedStack): Rendered {
  const named = (text: string) => withNames(text, graph.outputs.release);
  return {
    graph: graphLines(graph).map(({ of, text }) => ({ of, text: named(text) })),
    files: Object.fromEntries(Object.entries(files).map(([name, render]) => [name, named(render())])),
  };
}

/** The graph has everything except for user data, and for the files of a local stack that nothing deploys. */
function allLines({ graph, files }: Rendered, host: "local" | "ec2"): Line[] {
  const names = Object.keys(files).filter((name) => host === "local" || name === "user-data");
  return [...graph, ...names.flatMap((name) => fileLines(name, files[name] ?? ""))];
}

/**
 * Everything in the golden folder, by path: the graph and each rendered file of the repository's stacks, and for each
 * variation what it changes.
 */
export async function goldenFiles(): Promise<Readonly<Record<string, string>>> {
  const bases = new Map<string, Rendered>();
  const result: Record<string, string> = {};
  for (const stack of stacks) {
    const base = rendered(await renderStack(readStackFile(stack)));
    bases.set(stack, base);
    // The graph last: a difference is reported from a rendered file, which is easier to read.
    for (const [name, text] of Object.entries({ ...base.files, graph: linesText(base.graph) })) {
      result[`${stack}/${name}`] = text;
    }
  }
  for (const [name, { of, settings }] of Object.entries(variations)) {
    const file = readStackFile(of);
    const other = rendered(await renderStack({ ...file, raw: { ...file.raw, ...settings } }));
    const base = bases.get(of);
    const host = of === "local" ? "local" : "ec2";
    result[`variations/${name}`] = differenceText(
      base === undefined ? [] : allLines(base, host),
      allLines(other, host),
    );
  }
  return result;
}
