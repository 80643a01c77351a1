// npm run render -- [stack] [--file NAME]: without engine, credentials or network, prints a stack's resource graph as JSON,
// or one rendered file. An unknown NAME lists the known ones.
import { usageLine } from "../lib/arguments";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { main } from "../lib/main";
import { namedStack } from "../render/named-stack";
import { conditions } from "../render/renderings";
import { graphText } from "../render/render-stack";

main(commands.render, async ({ stack, file }) => {
  const { graph, files } = await namedStack(stack);
  if (file === undefined) {
    process.stdout.write(graphText(graph));
    return 0;
  }
  const render = Object.hasOwn(files, file) ? files[file] : undefined;
  if (render === undefined) {
    const condition = Object.hasOwn(conditions, file) ? ` (${conditions[file] ?? ""})` : "";
    const problem = `is not a file of this stack${condition}; available: ${Object.keys(files).join(", ")}`;
    throw new BadInput([{ key: "--file", value: file, problem, remedy: usageLine(commands.render) }]);
  }
  process.stdout.write(render());
  return 0;
});
