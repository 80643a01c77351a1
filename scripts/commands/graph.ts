// npm run -s graph -- <stack or file>: the stack's resources as a picture, in mermaid's text.
import { commands } from "../lib/commands";
import { main } from "../lib/main";
import { mermaidText } from "../render/mermaid";
import { namedStack } from "../render/named-stack";

main(commands.graph, async ({ stack }) => {
  const { graph } = await namedStack(stack);
  process.stdout.write(mermaidText(graph));
  return 0;
});
