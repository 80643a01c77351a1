/** All checks of a stack and of the machine, in the order in which a start meets them. */
import type { Home } from "../lib/home";
import { sessionEnvironment } from "../lib/pulumi";
import { kindOf, settingsName } from "../lib/stack-kind";
import { type CountingSettings, countingSettings } from "../settings/counting";
import { type Session, findSession } from "../start/session";
import type { Settings } from "../../components/settings/types";
import { type Finding, checked } from "./finding";
import {
  type FoundEngine,
  diskFindings,
  engineFindings,
  homeFinding,
  kernelFindings,
  memoryFinding,
  nodeFinding,
  systemFindings,
  toolFindings,
  userFindings,
} from "./machine";
import { ec2Findings, localServiceFindings, lockFindings, portFindings, settingsFindings } from "./stack";

/** What was found, and what a bundle needs. */
export interface Examination {
  readonly findings: readonly Finding[];
  readonly file: CountingSettings | undefined;
  readonly session: Session | undefined;
  readonly isEc2: boolean;
}

/** What earlier checks found for later ones. */
interface Seen {
  isEc2: boolean;
  file?: CountingSettings;
  settings?: Settings | undefined;
  engine?: FoundEngine;
}

/** Checks the settings first: they say where the stack runs. */
function settingsChecked(home: Home, stack: string, session: Session | undefined, seen: Seen) {
  return checked("settings", () => {
    seen.file = countingSettings(home, session === undefined ? settingsName(stack) : stack);
    seen.isEc2 = kindOf(stack) === "ec2";
    const { findings, settings } = settingsFindings(seen.file);
    seen.settings = settings;
    return Promise.resolve(findings);
  });
}

/** `linnix:cognitodUser` as it counts for a start; npm start makes its own choice again each time. */
const userSetting = ({ raw }: CountingSettings): string =>
  typeof raw.cognitodUser === "string" ? raw.cognitodUser : "auto";

/** What containers on this machine need of it. */
async function machineFindings(home: Home, startedBefore: boolean, seen: Seen): Promise<readonly Finding[]> {
  const { file, settings, engine } = seen;
  return [
    ...systemFindings(),
    ...diskFindings(home, startedBefore),
    ...(settings === undefined ? [] : [memoryFinding(settings, engine?.memory)]),
    ...kernelFindings(settings?.requireKernelInstrumentation === true, engine?.kind),
    ...(file === undefined || engine === undefined ? [] : userFindings(home, userSetting(file), engine)),
    ...(settings === undefined || file === undefined
      ? []
      : await portFindings(settings, engine?.environment ?? process.env, file)),
  ];
}

/** Examines this machine and the stack. */
export async function examine(home: Home, stack: string): Promise<Examination> {
  const session = findSession(home, stack);
  const seen: Seen = { isEc2: false };
  const ofSettings = await settingsChecked(home, stack, session, seen);
  const ofEngine = await checked("engine", async () => {
    seen.engine = await engineFindings(home, session === undefined ? process.env : sessionEnvironment(session));
    return seen.engine.findings;
  });
  const { isEc2 } = seen;
  const findings = [
    nodeFinding(),
    ...ofSettings,
    ...ofEngine,
    ...(isEc2 ? [] : await checked("machine", () => machineFindings(home, session !== undefined, seen))),
    ...(await checked("tool chain", () => toolFindings(home))),
    ...(isEc2 ? [] : await checked("lock", () => lockFindings(home, stack, session))),
    ...(await checked("home", () => Promise.resolve([homeFinding(home)]))),
    // The last one: it changes this process's environment to the session's.
    ...(await checked("services", () => (isEc2 ? ec2Findings(stack) : localServiceFindings(session, stack)))),
  ];
  return { findings, file: seen.file, session, isEc2 };
}
