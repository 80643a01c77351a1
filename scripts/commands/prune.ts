// npm run prune [-- --dry-run]: removes what a start can make again: build cache, unused images, caches, programs of other
// versions. What runs goes on, and no data is removed. --dry-run removes nothing, and prints the size of each part.
import * as fs from "node:fs";

import { engineVersion } from "../engine/docker";
import { clientEnvironment } from "../engine/places";
import { removeOwn } from "../engine/purge";
import { commands } from "../lib/commands";
import { type Home, linnixHome } from "../lib/home";
import { display } from "../lib/display";
import { reportInterruptions } from "../lib/interrupt";
import { main } from "../lib/main";
import { isOwnHome } from "../lib/owner";
import { run } from "../lib/run";
import { sayRow } from "../lib/say";
import { withHomeLock } from "../lib/stack-lock";
import { bytesOf, partsOf, partsText, prunable, readable } from "../prune/files";

/** The environment of a command that uses the embedded engine; undefined if it does not run. */
async function runningEngine(home: Home): Promise<NodeJS.ProcessEnv | undefined> {
  const env = clientEnvironment(home);
  return fs.existsSync(home.engine) && (await engineVersion(env)) !== undefined ? env : undefined;
}

/** What is in the embedded engine, as it says itself. */
async function engineText(home: Home): Promise<string> {
  const env = await runningEngine(home);
  if (env === undefined) return "";
  const format = "          {{.Type}} of the engine: {{.Size}}, not in use: {{.Reclaimable}}";
  return (await run("docker", ["system", "df", "--format", format], { env })).stdout;
}

/** Empties the embedded engine's build cache and removes its unused images. Another engine's are not this project's alone. */
async function pruneEngine(home: Home): Promise<void> {
  const env = await runningEngine(home);
  if (env === undefined) {
    sayRow("engine", "the embedded one does not run, so its cache stays");
    return;
  }
  await run("docker", ["builder", "prune", "--all", "--force"], { env });
  await run("docker", ["image", "prune", "--force"], { env });
}

main(commands.prune, async ({ "dry-run": dry }) => {
  reportInterruptions(
    display,
    "What was not removed yet stays; run the command again to go on. What runs goes on running.",
  );
  const home = linnixHome();
  if (!fs.existsSync(home.root) || !isOwnHome(home)) {
    process.stdout.write(`Nothing to prune: ${home.root} was not made by this project.\n`);
    return 0;
  }
  // Without `--` before it, npm keeps the option for itself.
  if (dry || process.env.npm_config_dry_run === "true") {
    process.stdout.write(`${partsText(partsOf(home), home.root)}${await engineText(home)}`);
    return 0;
  }
  const before = bytesOf(home.root);
  await withHomeLock(
    home,
    async () => {
      await pruneEngine(home);
      for (const place of prunable(home)) removeOwn(place);
    },
    () => {
      sayRow("waiting", "a npm start or npm stop is at work; this begins when it has ended");
    },
  );
  const after = bytesOf(home.root);
  process.stdout.write(
    `Freed ${readable(Math.max(0, before - after))}; ${readable(after)} stay in ${home.root}. ` +
      "The next start that builds takes as long as the first. `npm stop -- --purge` removes the rest.\n",
  );
  return 0;
});
