// npm run -s env -- [stack]: prints what a shell needs to run plain `pulumi` and `docker` on a stack that npm start made.
import { shellCommands } from "../lib/environment";
import { commands } from "../lib/commands";
import { linnixHome } from "../lib/home";
import { main } from "../lib/main";
import { sayRow } from "../lib/say";
import { sayCounting } from "../settings/say-counting";
import { readSession } from "../start/session";

main(commands.env, ({ stack }) => {
  const home = linnixHome();
  const { environment, configFile } = readSession(home, stack);
  const lines = shellCommands(process.env, { ...environment, PULUMI_STACK: stack });
  process.stdout.write(`${lines.join("\n")}\n`);
  sayCounting(home, stack);
  sayRow("environment", `for stack ${stack} only: in this shell, \`pulumi config set\` changes ${configFile}`);
  return Promise.resolve(0);
});
