// npm run graph-diff -- --base FOLDER [STACK...]: prints as markdown what this checkout adds, removes, replaces and changes in
// each stack, compared with another checkout. Needs no credentials: each checkout renders its own stacks.
import * as fs from "node:fs";
import * as path from "node:path";

import { graphDiff } from "../graph-diff/markdown";
import type { StackGraphs } from "../graph-diff/compare";
import { usageLine } from "../lib/arguments";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { projectFolder } from "../lib/home";
import { main } from "../lib/main";
import { run } from "../lib/run";
import { stacksIn } from "../lib/stack-file";
import type { ShownGraph, ShownResource } from "../render/graph";

const command = commands["graph-diff"];

/** A path relative to the folder that npm was started in. */
function checkout(base: string | undefined): string {
  const refuse = (problem: string) =>
    new BadInput([
      { key: "--base", ...(base === undefined ? {} : { value: base }), problem, remedy: usageLine(command) },
    ]);
  if (base === undefined) throw refuse("is missing; pass the folder of another checkout of this repository");
  const folder = path.resolve(process.env.LINNIX_CWD ?? process.cwd(), base);
  if (!fs.existsSync(path.join(folder, "scripts/commands/render.ts")))
    throw refuse("is not a checkout of this repository: it has no scripts/commands/render.ts");
  return folder;
}

/** What `npm run render` prints; without options before it printed them. */
interface PrintedGraph extends Omit<ShownGraph, "resources"> {
  readonly resources: readonly (Omit<ShownResource, "options"> & Partial<Pick<ShownResource, "options">>)[];
}

/** A stack as a checkout's own program renders it; undefined if it does not have the stack. */
async function graphOf(folder: string, stack: string): Promise<ShownGraph | undefined> {
  const file = path.join(folder, `Pulumi.${stack}.yaml`);
  if (!fs.existsSync(file)) return undefined;
  // By the file's path: what `npm start` wrote for a stack of this name is no part of the repository.
  const words = ["scripts/bootstrap.mjs", "scripts/commands/render.ts", file];
  const graph = JSON.parse((await run(process.execPath, words, { cwd: folder })).stdout) as PrintedGraph;
  return { ...graph, resources: graph.resources.map((it) => ({ options: {}, ...it })) };
}

main(command, async ({ base, names }) => {
  const folder = checkout(base);
  const known = [...new Set([...stacksIn(projectFolder), ...stacksIn(folder)])].sort();
  for (const name of names) {
    if (known.includes(name)) continue;
    const problem = `is in neither checkout; available: ${known.join(", ")}`;
    throw new BadInput([{ key: "STACK", value: name, problem, remedy: usageLine(command) }]);
  }
  const graphs: StackGraphs[] = [];
  for (const stack of names.length === 0 ? known : names) {
    const [before, after] = await Promise.all([graphOf(folder, stack), graphOf(projectFolder, stack)]);
    graphs.push({ stack, before, after });
  }
  process.stdout.write(graphDiff(graphs));
  return 0;
});
