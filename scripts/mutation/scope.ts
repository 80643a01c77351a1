import * as path from "node:path";

import { type ImportGraph, pathTo } from "../lib/import-graph";

/** What one run of StrykerJS changes, and the tests that should notice. */
export interface MutationScope {
  readonly mutated: readonly string[];
  readonly specs: readonly string[];
}

/**
 * Left out: the golden files, which only report that something has changed, and the tests of the repository's own layout,
 * which need a checkout and get a copy.
 */
const leftOut = /^tests\/unit\/(architecture\/|scripts\/render\/golden\.test\.ts$)/;

/** True for a file that is at one of these paths, which may be folders. */
export const isAt = (paths: readonly string[]) => (file: string) =>
  paths.some((it) => file === it || file.startsWith(`${it}/`));

/**
 * Most unit tests reach most modules through a whole stack, and all of them would take hours.
 *
 * @param paths files or folders under components/ and scripts/, from the project's folder.
 * @returns their modules, and the unit tests that import one of them directly, or are in its folder and reach it.
 */
export function mutationScope(graph: ImportGraph, paths: readonly string[]): MutationScope {
  const mutated = [...graph.keys()].filter((file) => /^(components|scripts)\/.*\.ts$/.test(file)).filter(isAt(paths));
  const isOf = (spec: string) => (module: string) =>
    graph.get(spec)?.includes(module) === true ||
    (path.dirname(spec) === path.join("tests/unit", path.dirname(module)) &&
      pathTo(graph, spec, (target) => target === module) !== undefined);
  const specs = [...graph.keys()].filter(
    (file) => /^tests\/unit\/.*\.test\.ts$/.test(file) && !leftOut.test(file) && mutated.some(isOf(file)),
  );
  return { mutated: mutated.sort(), specs: specs.sort() };
}
