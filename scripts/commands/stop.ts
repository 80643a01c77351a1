// npm stop: `pulumi destroy` of the local stack; `-- --purge` also removes volumes, images, state and the embedded engine.
import * as fs from "node:fs";
import * as path from "node:path";

import { tinyModelName } from "../../sample/model";
import { smolLm2 } from "../../sample/smollm2";
import { ensureEngine } from "../engine/engine";
import { purgeEngine, removeOwn } from "../engine/purge";
import { commands } from "../lib/commands";
import { elapsed } from "../lib/activities";
import { type Home, linnixHome } from "../lib/home";
import { main } from "../lib/main";
import { display } from "../lib/display";
import { reportInterruptions } from "../lib/interrupt";
import { operate } from "../lib/operation";
import { isOwnHome, ownerOf } from "../lib/owner";
import { step } from "../lib/progress";
import { pulumi } from "../lib/pulumi";
import { objectName, purgeStack } from "../lib/purge";
import { say, sayRow } from "../lib/say";
import { withHomeLock, withStackLock } from "../lib/stack-lock";
import { stateObjects } from "../lib/state-objects";
import { sayCounting } from "../settings/say-counting";
import { recover, recoveryText } from "../start/recover";
import { removeInsights } from "../start/stored-insight";
import { type Session, findSession, removeSession, sessionStacks, startCommand, writeSession } from "../start/session";

/**
 * Destroys the stack. Containers exist even while the embedded engine is not running: it is started to remove them.
 *
 * @returns what the stack had on the engine, by its state.
 */
async function stop(home: Home, session: Session): Promise<string[]> {
  await step("engine", "searching for the Docker engine", async (current) => {
    const engine = await ensureEngine({
      home,
      mode: session.engine.kind,
      step: current,
      environment: { ...process.env, DOCKER_HOST: session.engine.host },
    });
    return { value: engine, done: engine.host };
  });
  process.stderr.write(recoveryText(await recover(session)));
  // What destroy keeps, the state no longer knows afterwards.
  const known = [...new Set([...(session.unlabelled ?? []), ...(await stateObjects(session))])];
  writeSession(home, { ...session, unlabelled: known });
  await operate(session, "destroy");
  return known;
}

/** The models that this project makes; others in that folder are a user's. */
function removeModels(home: Home): void {
  if (!fs.existsSync(home.models)) return;
  const isMade = (name: string) =>
    [`${tinyModelName}.gguf`, `${smolLm2.name}.gguf`].includes(name) || name.startsWith("download-");
  for (const name of fs.readdirSync(home.models).filter(isMade)) removeOwn(path.join(home.models, name));
  if (fs.readdirSync(home.models).length === 0) fs.rmdirSync(home.models);
}

/** Removes a stack's data; with the last stack, also everything that the stacks share. */
async function purge(home: Home, stack: string, session: Session | undefined, known: readonly string[]): Promise<void> {
  const others = sessionStacks(home).filter((other) => other !== stack);
  const last = others.length === 0;
  if (session !== undefined) {
    const left = await purgeStack(session, last, ownerOf(home), known);
    if (left.length > 0) {
      say(
        `Not removed, because they do not carry this home's label, so that others may have made them: ` +
          `${left.map(objectName).join(", ")}. \`docker ${left[0]?.kind ?? ""} rm\` removes them.`,
      );
    }
    if (!last) await pulumi(session, "stack", "rm", "--yes", "--preserve-config");
  }
  if (last) {
    await step("engine", "removing the embedded Docker engine, if there is one", async (current) => {
      await purgeEngine(home, current);
      return { value: undefined, done: "removed" };
    });
    removeModels(home);
    for (const place of [home.state, home.logs, home.passphrase]) removeOwn(place);
  }
  fs.rmSync(path.join(home.root, `Pulumi.${stack}.yaml`), { force: true });
  removeInsights(home, stack);
  removeSession(home, stack);
  say(
    last
      ? `Purged. The tool chain and caches stay in ${home.root} for the next start; delete the folder to remove them.`
      : `Purged ${stack}. Engine, base images and state stay for ${others.join(", ")}; ` +
          `\`npm stop -- ${others[0] ?? ""} --purge\` removes the next.`,
  );
}

const waiting = () => {
  sayRow("waiting", "another npm start or npm stop is at work; this one begins when it has ended");
};

main(commands.stop, async ({ stack, purge: purges }) => {
  const started = Date.now();
  reportInterruptions(display);
  const home = linnixHome();
  const nothing = `Stack ${stack} was not started from this account: there is nothing to stop. \`${startCommand(stack)}\` starts it.`;
  const took = () => ` (${elapsed(Date.now() - started)})`;
  if (purges) {
    if (!fs.existsSync(home.root) || !isOwnHome(home)) {
      say(`${nothing} Nothing is purged: ${home.root} was not made by this project.`);
      return 0;
    }
    await withHomeLock(
      home,
      async () => {
        const session = findSession(home, stack);
        if (session === undefined) say(nothing);
        const known = session === undefined ? [] : await stop(home, session);
        await purge(home, stack, session, known);
      },
      waiting,
    );
    return 0;
  }
  if (findSession(home, stack) === undefined) {
    say(nothing);
    return 0;
  }
  await withStackLock(
    home,
    stack,
    async () => {
      const session = findSession(home, stack);
      if (session === undefined) return;
      sayCounting(home, stack);
      await stop(home, session);
    },
    waiting,
  );
  say(
    `Stopped${took()}. Volumes, images and the stack's history stay; \`npm stop -- ${stack} --purge\` removes them too.`,
  );
  return 0;
});
