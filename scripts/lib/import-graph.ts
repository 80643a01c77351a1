import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import ts from "typescript";

import { projectFolder } from "./home";

/** For each file the files (paths from the project's folder) and packages that it imports, type imports included. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The repository's files, committed or about to be, by their paths from the project's folder. */
export function repositoryFiles(): string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", args, { cwd: projectFolder, encoding: "utf8" }).split("\0");
  return files.filter((file) => file !== "" && fs.existsSync(path.join(projectFolder, file)));
}

/** The path of an imported project file; a package's name, or a path that is no file, as it is written. */
function resolve(importer: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const target = path.join(path.dirname(importer), specifier);
  const isFile = (file: string) => fs.statSync(path.join(projectFolder, file), { throwIfNoEntry: false })?.isFile();
  return [target, `${target}.ts`, path.join(target, "index.ts")].find(isFile) ?? target;
}

/** Reads `import`, `import type`, `typeof import()`, `export … from` and `require` with a literal path. */
export function importGraph(): ImportGraph {
  const sources = repositoryFiles().filter((file) => /\.(ts|mjs)$/.test(file));
  return new Map(
    sources.map((file) => {
      const text = fs.readFileSync(path.join(projectFolder, file), "utf8");
      const { importedFiles } = ts.preProcessFile(text, true, true);
      return [file, importedFiles.map(({ fileName }) => resolve(file, fileName))];
    }),
  );
}

/** A path of imports from a file to the first import that matches, both included; undefined without one. */
export function pathTo(graph: ImportGraph, from: string, wanted: (target: string) => boolean): string[] | undefined {
  const paths = [[from]];
  const seen = new Set<string>();
  for (const current of paths) {
    for (const target of graph.get(current.at(-1) ?? "") ?? []) {
      if (wanted(target)) return [...current, target];
      if (seen.has(target)) continue;
      seen.add(target);
      paths.push([...current, target]);
    }
  }
  return undefined;
}
