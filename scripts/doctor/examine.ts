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
} from "./machine";
import { ec2Findings, localServiceFindings, lockFindings, portFindings, settingsFindings } from "./stack";

/** What was found, and what a bundle needs. */
export interface Examination {
  readonly findings: readonly Finding[];
  readonly file: CountingSettings | undefined;
  readonly session: Session | undefined;
  readonly isEc2: boolean;
}

/** Examines this machine and the stack. */
export async function examine(home: Home, stack: string): Promise<Examination> {
  const session = findSession(home, stack);
  let isEc2 = false;
  let file: CountingSettings | undefined;
  let settings: Settings | undefined;
  let engine: FoundEngine | undefined;
  const ofSettings = await checked("settings", () => {
    file = countingSettings(home, session === undefined ? settingsName(stack) : stack);
    isEc2 = kindOf(stack) === "ec2";
    const judged = settingsFindings(file);
    ({ settings } = judged);
    return Promise.resolve(judged.findings);
  });
  const ofEngine = await checked("engine", async () => {
    engine = await engineFindings(home, session === undefined ? process.env : sessionEnvironment(session));
    return engine.findings;
  });
  const machine = async (): Promise<readonly Finding[]> => {
    const [known, found] = [file, settings];
    return [
      ...systemFindings(),
      ...diskFindings(home, session !== undefined),
      ...(found === undefined ? [] : [memoryFinding(found, engine?.memory)]),
      ...kernelFindings(found?.requireKernelInstrumentation === true, engine?.kind),
      ...(found === undefined || known === undefined
        ? []
        : await portFindings(found, engine?.environment ?? process.env, known)),
    ];
  };
  const findings = [
    nodeFinding(),
    ...ofSettings,
    ...ofEngine,
    ...(isEc2 ? [] : await checked("machine", machine)),
    ...(await checked("tool chain", () => toolFindings(home))),
    ...(isEc2 ? [] : await checked("lock", () => lockFindings(home, stack, session))),
    ...(await checked("home", () => Promise.resolve([homeFinding(home)]))),
    // The last one: it changes this process's environment to the session's.
    ...(await checked("services", () => (isEc2 ? ec2Findings(stack) : localServiceFindings(session, stack)))),
  ];
  return { findings, file, session, isEc2 };
}
