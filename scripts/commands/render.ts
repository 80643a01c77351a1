// npm run render -- [stack] [--file NAME]: without engine, credentials or network, prints a stack's resource graph as JSON,
// or one rendered file. An unknown NAME lists the known ones.
import { usageLine } from "../lib/arguments";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { main } from "../lib/main";
import { linnixHome } from "../lib/home";
import { sayRow } from "../lib/say";
import { countingSettings } from "../settings/counting";
import { graphText, renderStack } from "../render/render-stack";

main(commands.render, async ({ stack, file }) => {
  const settings = countingSettings(linnixHome(), stack);
  for (const row of settings.rows) sayRow(...row);
  if (settings.hasEnvironment) sayRow("environment", "its settings are not read here, so they are not rendered");
  const { graph, files } = await renderStack(settings);
  if (file === undefined) {
    process.stdout.write(graphText(graph));
    return 0;
  }
  const render = Object.hasOwn(files, file) ? files[file] : undefined;
  if (render === undefined) {
    const problem = `is not a file of this stack; available: ${Object.keys(files).join(", ")}`;
    throw new BadInput([{ key: "--file", value: file, problem, remedy: usageLine(commands.render) }]);
  }
  process.stdout.write(render());
  return 0;
});
