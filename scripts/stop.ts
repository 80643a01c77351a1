// npm stop: `pulumi destroy` of the local stack; `-- --purge` also removes volumes, images, state and the embedded engine.
import * as fs from "node:fs";
import * as path from "node:path";

import { ensureEngine } from "./lib/engine";
import { purgeEngine } from "./lib/engine/purge";
import { type Home, linnixHome } from "./lib/home";
import { main } from "./lib/main";
import { step } from "./lib/progress";
import { pulumi } from "./lib/pulumi";
import { purgeStack } from "./lib/purge";
import { recover, recoveryText } from "./lib/recover";
import { type Session, findSession, removeSession, sessionStacks } from "./lib/session";
import { parse } from "./lib/start-arguments";

const say = (text: string) => process.stderr.write(`${text}\n`);

/** Takes the stack's services down. An embedded engine that is gone holds containers all the same: it is started for that. */
async function stop(home: Home, session: Session): Promise<void> {
  await step("engine", "looking for the Docker engine", async (current) => {
    const engine = await ensureEngine({
      home,
      mode: session.engine.kind,
      step: current,
      environment: { ...process.env, DOCKER_HOST: session.engine.host },
    });
    return { value: engine, done: engine.host };
  });
  process.stderr.write(recoveryText(await recover(session)));
  await pulumi(session, ["destroy", "--yes", "--skip-preview"]);
}

/** Forgets a stack; with the last one goes everything that the stacks share. */
async function purge(home: Home, stack: string, session: Session | undefined): Promise<void> {
  const others = sessionStacks(home).filter((other) => other !== stack);
  if (session !== undefined) {
    await purgeStack(session, others.length === 0);
    if (others.length > 0) await pulumi(session, ["stack", "rm", "--yes", "--preserve-config"]);
  }
  if (others.length === 0) {
    await step("engine", "removing the embedded Docker engine, if there is one", async (current) => {
      await purgeEngine(home, current);
      return { value: undefined, done: "nothing of it is left" };
    });
    for (const folder of [home.state, home.models, home.logs, home.passphrase])
      fs.rmSync(folder, { recursive: true, force: true });
  }
  const own = (name: string) => name === `Pulumi.${stack}.yaml` || name.startsWith(`insight-${stack}-`);
  for (const name of fs.existsSync(home.root) ? fs.readdirSync(home.root).filter(own) : [])
    fs.rmSync(path.join(home.root, name));
  removeSession(home, stack);
  say(
    others.length === 0
      ? `Purged. The tool chain and caches stay in ${home.root}, for the next start; remove the folder to be rid of them.`
      : `Purged ${stack}. Engine, base images and state stay for ${others.join(", ")}; ` +
          `\`npm stop -- ${others[0] ?? ""} --purge\` removes the next.`,
  );
}

main(async (args) => {
  const usage = "npm stop [-- [stack] [--purge]]";
  const { values, positionals } = parse(args, { purge: { type: "boolean", default: false } }, usage);
  const home = linnixHome();
  const stack = positionals[0] ?? "local";
  const session = findSession(home, stack);
  if (session === undefined)
    say(`Stack ${stack} was not started from this account: there is nothing to stop. \`npm start\` starts it.`);
  else await stop(home, session);
  if (values.purge) await purge(home, stack, session);
  else if (session !== undefined)
    say("Stopped. Volumes, images and the stack's history stay; `npm stop -- --purge` removes them too.");
  return 0;
});
