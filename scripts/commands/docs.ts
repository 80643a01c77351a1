// npm run docs [-- --check]: generates docs/SETTINGS.md and the config section of Pulumi.yaml from the settings' schema,
// docs/DEPLOYER.md, docs/iam, and the costs in docs/OPERATIONS.md and README.md.
// --check writes nothing, prints the stale files, and exits with status 1 if there are any.
import * as fs from "node:fs";
import * as path from "node:path";

import { generatedFiles } from "../docs/generated";
import { commands } from "../lib/commands";
import { main } from "../lib/main";

main(commands.docs, async ({ check }) => {
  const stale = (await generatedFiles()).filter((file) => file.stale);
  for (const { name, path: file, text } of stale) {
    process.stdout.write(`${name}: ${check ? "stale, run `npm run docs`" : "written"}\n`);
    if (check) continue;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  return check && stale.length > 0 ? 1 : 0;
});
