// npm stop: `pulumi destroy` of the local stack; `-- --purge` also removes volumes, images, state and the embedded engine.
import * as fs from "node:fs";

import { ensureEngine } from "./lib/engine";
import { purgeEngine } from "./lib/engine/purge";
import { linnixHome } from "./lib/home";
import { main } from "./lib/main";
import { step } from "./lib/progress";
import { pulumi } from "./lib/pulumi";
import { purgeStack } from "./lib/purge";
import { findSession, removeSession } from "./lib/session";
import { parse } from "./lib/start-arguments";

main(async (args) => {
  const usage = "npm stop [-- [stack] [--purge]]";
  const { values, positionals } = parse(args, { purge: { type: "boolean", default: false } }, usage);
  const home = linnixHome();
  const stack = positionals[0] ?? "local";
  const session = findSession(home, stack);
  if (session === undefined) {
    process.stderr.write(`Stack ${stack} is not running from this account.\n`);
  } else {
    // An embedded engine that is gone holds containers all the same.
    await step("engine", "looking for the Docker engine", async (current) => {
      const engine = await ensureEngine({
        home,
        mode: session.engine.kind,
        step: current,
        environment: { ...process.env, DOCKER_HOST: session.engine.host },
      });
      return { value: engine, done: engine.host };
    });
    await pulumi(session, ["destroy", "--yes", "--skip-preview"]);
    if (values.purge) await purgeStack(session);
  }
  if (values.purge) {
    await purgeEngine(home);
    for (const folder of [home.state, home.models, home.logs, home.passphrase])
      fs.rmSync(folder, { recursive: true, force: true });
    removeSession(home, stack);
    process.stderr.write(
      `Purged. The tool chain and caches stay in ${home.root}, for the next start; remove the folder to be rid of them.\n`,
    );
  } else if (session !== undefined) {
    process.stderr.write(
      "Stopped. Volumes, images and the stack's history stay; `npm stop -- --purge` removes them too.\n",
    );
  }
  return 0;
});
