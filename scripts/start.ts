// npm start: from a bare checkout to both services healthy on this machine, by a real `pulumi up`.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { HealthReport } from "../components/health/report";
import { type Settings, settle } from "../components/settings/settings";
import type { Values } from "../components/settings/schema";
import { type RawSettings, type RawValue, validate } from "../components/settings/validate";
import { choose } from "./lib/choices";
import { handMadeEdits } from "./lib/edits";
import { machineProbes, usualCauses } from "./lib/diagnose";
import { BadInput, Failure } from "./lib/errors";
import { whyBuildsFailed } from "./lib/failed-build";
import { type Home, ensureFolder, linnixHome } from "./lib/home";
import { type Insight, firstInsight } from "./lib/insight";
import { main } from "./lib/main";
import { fullDisk, takenPorts } from "./lib/preconditions";
import { prepare } from "./lib/prepare";
import { Step, elapsed, step } from "./lib/progress";
import {
  type Changes,
  PulumiFailed,
  changed,
  ensureStack,
  lastChanges,
  outputs,
  pulumi,
  sessionEnvironment,
} from "./lib/pulumi";
import { recover, recoveryText } from "./lib/recover";
import { type Session, findSession, writeSession } from "./lib/session";
import { type StackFile, readStackFile, worldOf, writeStackFile } from "./lib/stack-file";
import { healthText, insightText, table } from "./lib/summary";
import { parseStart } from "./lib/start-arguments";
import { ensureBackend, pulumiEnvironment } from "./lib/toolchain";

/** What images, base images and build cache take where everything is made here; measured, with room. */
const neededBytes = 6e9;

const say = (text: string) => process.stderr.write(`${text}\n`);

/** A setting that is a map; an empty one when it is anything else, which the judgement of settings tells. */
function asMap(value: RawValue | undefined): Readonly<Record<string, unknown>> {
  return typeof value === "object" && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

function refuseFaults(stackFile: StackFile, raw: StackFile["raw"], stack: string): Values {
  const { values, faults } = validate(raw, { ...worldOf({ ...stackFile, raw }), stack });
  if (faults.length > 0) throw new BadInput(faults);
  return values;
}

/** A stack in AWS has a backend and credentials of its owner's: nothing that is to be chosen or made here. */
function refuseEc2({ raw, path: file, stack }: StackFile): void {
  if (raw.host !== "ec2") return;
  const problem = `runs on EC2 (linnix:host in ${file}); npm start is for stacks on this machine`;
  throw new BadInput([{ key: "--stack", value: stack, problem, remedy: `pulumi up --stack ${stack}` }]);
}

/** Judges the settings as chosen, and the machine, before anything that runs is touched. */
async function judge(stackFile: StackFile, raw: StackFile["raw"], session: Session, home: Home): Promise<Settings> {
  const values = refuseFaults(stackFile, raw, session.stack);
  const settings = settle(values, session.stack, os.availableParallelism());
  const taken = await takenPorts(settings, sessionEnvironment(session));
  // What is built already needs no more room.
  const needed = findSession(home, session.stack) === undefined ? neededBytes : 0;
  const more = [...taken, ...fullDisk(home.root, needed)];
  if (more.length > 0) throw new BadInput(more);
  return settings;
}

/** The update itself; when it fails, with the usual causes that hold now. */
async function update(session: Session, settings: Settings, home: Home): Promise<Changes> {
  const current = new Step("pulumi up", "images, containers, health");
  const args = ["up", "--yes", "--refresh", "--skip-preview", "--suppress-progress", "--suppress-outputs"];
  try {
    await pulumi(session, args, (resource) => {
      current.now(`at ${resource}`);
    });
  } catch (error) {
    current.failed();
    const environment = sessionEnvironment(session);
    const failed = error instanceof PulumiFailed ? error.resources : [];
    const builds = await whyBuildsFailed(failed, settings, home, environment);
    const causes = await usualCauses(settings, machineProbes(environment, home.root));
    throw new Failure([...builds, (error as Error).message, ...causes].join("\n"));
  }
  const changes = await lastChanges(session);
  current.done(changed(changes) ? "done" : "nothing changed");
  return changes;
}

/**
 * The insight of this release: asked for once, then remembered, since asking costs the model's time. A slow model is no
 * failure of the update: it is told, and the command to ask by hand is among the outputs.
 */
async function insightOf(home: Home, session: Session, found: Record<string, unknown>): Promise<Insight | undefined> {
  const file = path.join(home.root, `insight-${session.stack}-${String(found.release)}.json`);
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, "utf8")) as Insight;
  const { healthy, llama } = found.health as HealthReport;
  if (llama.status !== "healthy") return undefined;
  const { api } = found.endpoints as { api: string };
  const question = { api, token: String(found.apiToken), withinSeconds: healthy ? 300 : 30 };
  try {
    const insight = await step("insight", "asking cognitod what it saw", async () => {
      return { value: await firstInsight(question), done: "there" };
    });
    fs.writeFileSync(file, JSON.stringify(insight), { mode: 0o600 });
    return insight;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(error.message);
    return undefined;
  }
}

main(async (args) => {
  const started = Date.now();
  const options = parseStart(args);
  const home = linnixHome();
  ensureFolder(home.root);
  const stackFile = readStackFile(options.config ?? options.stack);
  const { stack } = options;
  refuseEc2(stackFile);
  const configFile = path.join(home.root, `Pulumi.${stack}.yaml`);
  const previous = fs.existsSync(configFile) ? readStackFile(configFile).raw : {};
  const edits = handMadeEdits(findSession(home, stack)?.written, previous);
  for (const name of Object.keys(edits)) say(`${"setting".padEnd(12)} linnix:${name}, as set in ${configFile}`);
  const chosen = await choose({ ...stackFile.raw, ...edits }, home, undefined, previous);
  for (const { setting, value, because } of chosen.choices) {
    say(`${"choice".padEnd(12)} ${setting}: ${value}, because ${because}`);
  }
  // What can be judged now is: nobody wants to hear of a misspelt key after minutes of building.
  refuseFaults(stackFile, { ...chosen.settings, bases: "auto" }, stack);
  const { baseImages: given } = chosen.settings;
  const { engine, bases, toolchain } = await prepare(home, chosen.settings.bases, previous.bases, given);
  const baseImages = { ...bases.images, ...asMap(given) };
  const settings: RawSettings = { ...chosen.settings, bases: bases.mode, baseImages };
  const environment = pulumiEnvironment(home, toolchain, { ...engine.env, PULUMI_OPTION_CONFIG_FILE: configFile });
  const session: Session = {
    ...{ stack, configFile, environment, written: { settings, edits } },
    engine: { kind: engine.kind, host: engine.host },
  };
  const settled = await judge(stackFile, settings, session, home);
  ensureBackend(home);
  writeStackFile(
    configFile,
    stackFile.whole,
    settings,
    `Settings of stack ${stack}, as npm start chose them from\n${stackFile.path}\nWritten anew by each npm start.`,
  );
  writeSession(home, session);

  await ensureStack(session);
  process.stderr.write(recoveryText(await recover(session)));
  const changes = await update(session, settled, home);

  const { apiToken, ...found } = await outputs(session);
  const health = found.health as HealthReport;
  const insight = await insightOf(home, session, { ...found, apiToken });
  const seconds = Math.round((Date.now() - started) / 100) / 10;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ changes, health, outputs: found, insight, seconds }, null, 2)}\n`);
  } else {
    say(`\n${healthText(health)}\n`);
    if (insight !== undefined) say(`${insightText(insight)}\n`);
    say(`${table("Endpoints", found.endpoints as Record<string, string>)}\n`);
    say(
      `Plain pulumi and docker:  eval "$(npm run -s env)"     Stop:  npm stop     ${elapsed(Date.now() - started)}\n`,
    );
  }
  return 0;
});
