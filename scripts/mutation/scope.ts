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
  paths.some((path) => file === path || file.startsWith(`${path}/`));

/**
 * @param paths files or folders under components/ and scripts/, from the project's folder.
 * @returns their modules, and every unit test that imports one of them, directly or not.
 */
export function mutationScope(graph: ImportGraph, paths: readonly string[]): MutationScope {
  const mutated = [...graph.keys()].filter((file) => /^(components|scripts)\/.*\.ts$/.test(file)).filter(isAt(paths));
  const specs = [...graph.keys()].filter(
    (file) =>
      /^tests\/unit\/.*\.test\.ts$/.test(file) &&
      !leftOut.test(file) &&
      pathTo(graph, file, (target) => mutated.includes(target)) !== undefined,
  );
  return { mutated: mutated.sort(), specs: specs.sort() };
}
