// npm run golden: writes the renders that tests/unit/scripts/render/golden.test.ts compares, for a change that means to
// change them. Review them with `git diff`.
import * as fs from "node:fs";
import * as path from "node:path";

import { commands } from "../lib/commands";
import { main } from "../lib/main";
import { goldenFiles, goldenFolder } from "../render/golden";

main(commands.golden, async () => {
  const files = await goldenFiles();
  fs.rmSync(goldenFolder, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(goldenFolder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  return 0;
});
