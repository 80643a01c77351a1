// npm start: from a bare checkout to both services healthy on this machine, by a real `pulumi up`.
import * as fs from "node:fs";
import * as path from "node:path";

import type { HealthReport } from "../../components/health/report";
import type { RawSettings, RawValue } from "../../components/settings/validate";
import { type Choice, choose, chooseUser } from "../start/choices";
import { sampleModelFile, tinyModelFile } from "../start/sample-model";
import { machineProbes, usualCauses } from "../start/diagnose";
import { type Engine, engineEnvironment } from "../engine/engine";
import { dockerRegistry } from "../images/registry";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { buildAgain } from "../start/failed-build";
import { type Home, linnixHome, projectFolder } from "../lib/home";
import { claimHome } from "../lib/owner";
import { engineObjects } from "../lib/purge";
import { withStackLock } from "../lib/stack-lock";
import { stateObjects } from "../lib/state-objects";
import { type CountingSettings, countingSettings } from "../settings/counting";
import { foreignObjects } from "../start/foreign";
import { insightOf } from "../start/stored-insight";
import { terminalWidth } from "../lib/terminal";
import { main } from "../lib/main";
import { fullDisk, neededBytes, takenPorts, unsupportedSystem } from "../start/preconditions";
import { prepare } from "../start/prepare";
import { opensTraceEvents } from "../engine/trace-events";
import { elapsed } from "../lib/activities";
import { display } from "../lib/display";
import { reportInterruptions } from "../lib/interrupt";
import { PulumiFailed, operate } from "../lib/operation";
import { type Changes, changed, ensureStack, outputs, sessionEnvironment } from "../lib/pulumi";
import { say, sayRow } from "../lib/say";
import { type PublishedChoice, choosePublished, stackBuilds, withPublished } from "../start/published";
import { recover, recoveryText } from "../start/recover";
import { type Session, findSession, takenOver, writeSession } from "../start/session";
import { validSettings } from "../lib/settings";
import { hostKind, readStackFile, writeStackFile } from "../lib/stack-file";
import { updateWithRetry } from "../start/update";
import { healthText, insightText, nextSteps, unchangedText } from "../start/summary";
import { ensureBackend, pulumiEnvironment } from "../toolchain/toolchain";
import type { Settings } from "../../components/settings/types";

/** A setting that is a map; an empty map for another type, which the validation reports. */
function asMap(value: RawValue | undefined): Readonly<Record<string, unknown>> {
  return typeof value === "object" && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Rejects a system whose Docker engine runs in a virtual machine: both services use the network of the engine's host. */
function requireSupportedSystem(): void {
  const faults = unsupportedSystem();
  if (faults.length > 0) throw new BadInput(faults);
}

/** Rejects a stack in AWS: its backend and credentials are its owner's, so npm start has nothing to choose or install. */
function requireLocal({ raw, path: file, stack, hasEnvironment }: CountingSettings): void {
  if (hasEnvironment) {
    const problem = "takes settings from an environment of Pulumi ESC, which the state of npm start cannot read";
    const remedy = `pulumi up --stack ${stack}, or write the settings into the file without \`environment\``;
    throw new BadInput([{ key: file, problem, remedy }]);
  }
  switch (hostKind(raw)) {
    case "local":
    case undefined: // an invalid kind, which the validation reports together with other faults
      return;
    case "ec2": {
      const problem = `runs on EC2 (linnix:host in ${file}); npm start is for stacks on this machine`;
      throw new BadInput([{ key: "stack", value: stack, problem, remedy: `pulumi up --stack ${stack}` }]);
    }
  }
}

/** Validates the chosen settings and the machine before anything that runs is changed. */
async function checkMachine(
  stackFile: CountingSettings,
  raw: RawSettings,
  session: Session,
  home: Home,
): Promise<Settings> {
  const settings = validSettings({ ...stackFile, raw });
  const taken = await takenPorts(settings, sessionEnvironment(session), stackFile.fileOf);
  const more = [...taken, ...fullDisk(home.root, neededBytes(findSession(home, session.stack) !== undefined))];
  if (more.length > 0) throw new BadInput(more);
  return settings;
}

/** Runs the update. If it fails, the error also gives the usual causes that apply now. */
async function update(session: Session, settings: Settings, file: CountingSettings, home: Home): Promise<Changes> {
  const environment = sessionEnvironment(session);
  try {
    return await updateWithRetry({
      run: () => operate(session, "up", ["--refresh"]),
      buildAgain: ({ resources, message }) => {
        const failed = resources.map(({ name }) => name);
        return buildAgain(failed, message, settings, home, environment);
      },
      onContinue: () => {
        sayRow("pulumi up", "what failed can be built now: continuing");
      },
    });
  } catch (error) {
    if (!(error instanceof PulumiFailed)) throw error;
    const causes = await usualCauses(settings, machineProbes(environment, home.root), file.fileOf);
    const name = session.stack === "local" ? "" : ` -- ${session.stack}`;
    const more = `\`npm run doctor${name}\` checks this machine; with --bundle FILE it also collects what a report needs.`;
    throw error.with([], [...causes, more]);
  }
}

/** What a start is asked for. */
interface Request {
  readonly stack: string;
  readonly config: string | undefined;
  readonly json: boolean;
  readonly started: number;
}

/** Rejects a stack whose names on the engine belong to somebody else. */
async function requireOwnNames(session: Session, known: readonly string[], startedBefore: boolean): Promise<void> {
  const faults = foreignObjects(session, await engineObjects(session), known, startedBefore);
  if (faults.length > 0) throw new BadInput(faults);
}

function sayChoice({ setting, value, because }: Choice): void {
  sayRow("choice", `${setting}: ${value}, because ${because}`);
}

/** The published images that take the place of built ones, if the settings name a registry that has them. */
async function askPublished(
  engine: Engine,
  planned: Settings,
  { publishedImages: address, bases }: RawSettings,
  previous: RawSettings[string] | undefined,
): Promise<PublishedChoice["images"]> {
  if (typeof address !== "string") return undefined;
  const registry = dockerRegistry(engineEnvironment(engine), { seconds: 20 });
  const { images, because } = await choosePublished(registry, address, stackBuilds(planned, bases), previous);
  sayRow("choice", `images: ${images === undefined ? "built" : "published"}, because ${because}`);
  return images;
}

async function start(home: Home, { stack, config, json, started }: Request): Promise<void> {
  const owner = claimHome(home);
  const stackFile = countingSettings(home, config ?? stack, stack);
  const before = findSession(home, stack);
  const other = takenOver(before, projectFolder);
  if (other !== undefined) sayRow("checkout", other);
  for (const row of stackFile.rows) sayRow(...row);
  const configFile = path.join(home.root, `Pulumi.${stack}.yaml`);
  const previous = fs.existsSync(configFile) ? readStackFile(configFile).raw : {};
  const chosen = await choose(stackFile.raw, home, undefined, previous);
  chosen.choices.forEach(sayChoice);
  // Validated as far as possible now, so that a misspelt key is reported before minutes of building.
  const planned = validSettings({ ...stackFile, raw: { ...chosen.settings, bases: "auto" } });
  const { services } = planned;
  const { baseImages: configured } = chosen.settings;
  const isBuilt = (chosen.settings.images ?? undefined) === undefined;
  const ask = (found: Engine) => askPublished(found, planned, chosen.settings, previous.images);
  const [{ engine, bases, published, toolchain }, model] = await Promise.all([
    prepare(home, chosen.settings.bases, previous.bases, configured, isBuilt ? services : [], ask),
    chosen.settings.model === tinyModelFile(home) ? sampleModelFile(home) : chosen.settings.model,
  ]);
  const user =
    engine.kind === "embedded" ? chooseUser(chosen.settings, () => opensTraceEvents(home) === true) : undefined;
  if (user !== undefined) sayChoice(user);
  const built = bases && { bases: bases.mode, baseImages: { ...bases.images, ...asMap(configured) } };
  const settings: RawSettings = {
    ...{ engineOwner: owner },
    ...(published === undefined ? chosen.settings : withPublished(chosen.settings, published)),
    ...(model === undefined ? {} : { model }),
    ...(user === undefined ? {} : { cognitodUser: user.value }),
    ...built,
  };
  const environment = pulumiEnvironment(home, toolchain, { ...engine.env, PULUMI_OPTION_CONFIG_FILE: configFile });
  const own = { file: stackFile.path, settings: readStackFile(stackFile.path).raw };
  const session: Session = {
    ...{ stack, configFile, environment, own, owner, project: projectFolder },
    ...(before?.unlabelled === undefined ? {} : { unlabelled: before.unlabelled }),
    written: { settings, edits: stackFile.edits },
    engine: { kind: engine.kind, host: engine.host },
  };
  const resolved = await checkMachine(stackFile, settings, session, home);
  ensureBackend(home);
  await ensureStack(session);
  await requireOwnNames(
    session,
    [...(before?.unlabelled ?? []), ...(await stateObjects(session))],
    before !== undefined,
  );
  writeStackFile(
    configFile,
    stackFile.whole,
    settings,
    `Settings of stack ${stack}, as npm start chose them from\n${stackFile.path}\nRewritten by each npm start.`,
  );
  writeSession(home, session);

  process.stderr.write(recoveryText(await recover(session)));
  const changes = await update(session, resolved, stackFile, home);

  const { apiToken, ...found } = await outputs(session);
  const health = found.health as HealthReport;
  const insight = await insightOf(home, stack, { ...found, apiToken });
  const milliseconds = Date.now() - started;
  if (json) {
    const seconds = Math.round(milliseconds / 100) / 10;
    process.stdout.write(`${JSON.stringify({ changes, health, outputs: found, insight, seconds }, null, 2)}\n`);
    return;
  }
  const took = `Done in ${elapsed(milliseconds)}.`;
  if (!changed(changes) && health.healthy) {
    say(`${unchangedText(stack, health, terminalWidth())}\n${took}`);
    return;
  }
  say(`\n${healthText(health, terminalWidth())}\n`);
  if (insight !== undefined) say(`${insightText(insight, resolved, terminalWidth())}\n`);
  say(`${nextSteps(stack, found.endpoints as Record<string, string>, found.commands as Record<string, string>)}\n`);
  say(`${took}\n`);
}

main(commands.start, async ({ stack, config, json }) => {
  const started = Date.now();
  reportInterruptions(display);
  const home = linnixHome();
  const stackFile = countingSettings(home, config ?? stack, stack);
  requireLocal(stackFile);
  requireSupportedSystem();
  claimHome(home);
  await withStackLock(
    home,
    stack,
    () => start(home, { stack, config, json, started }),
    () => {
      sayRow("waiting", "another npm start or npm stop is at work; this one begins when it has ended");
    },
  );
  return 0;
});
