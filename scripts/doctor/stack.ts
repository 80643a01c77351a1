/** What a start needs of a stack, and how the stack is. Changes nothing. */
import type { HealthReport } from "../../components/health/report";
import type { Settings } from "../../components/settings/types";
import type { Home } from "../lib/home";
import { canRun } from "../lib/requirements";
import { outputs } from "../lib/pulumi";
import { isBusy } from "../lib/stack-lock";
import { validSettings } from "../lib/settings";
import type { CountingSettings } from "../settings/counting";
import { judge } from "../settings/judge";
import { takenPorts } from "../start/preconditions";
import { heldLocks } from "../start/recover";
import type { Session } from "../start/session";
import { liveEc2Health } from "../status/live-ec2";
import { type Deployed, liveHealth } from "../status/live-health";
import { type Finding, finding, ofFaults } from "./finding";

/** The settings, as `npm run check` judges them; with the resolved ones if they are valid. */
export function settingsFindings(file: CountingSettings): { findings: Finding[]; settings: Settings | undefined } {
  const { faults, unknown } = judge(file);
  const [, ...notes] = file.rows;
  const findings = [
    ...ofFaults("settings", faults, `${file.path}: ${Object.keys(file.raw).length} settings, valid`),
    ...notes.map(([, text]) => finding("settings", "note", text)),
  ];
  if (file.hasEnvironment) {
    const text = `more come from an environment of Pulumi ESC, which is not read: ${unknown.length} depend on it`;
    return { findings: [...findings, finding("settings", "note", text)], settings: undefined };
  }
  return { findings, settings: faults.length > 0 ? undefined : validSettings(file) };
}

/** The ports of 127.0.0.1 that the settings name. */
export async function portFindings(
  settings: Settings,
  engine: NodeJS.ProcessEnv,
  file: CountingSettings,
): Promise<Finding[]> {
  const ports = Object.values(settings.ports).join(", ");
  return ofFaults("ports", await takenPorts(settings, engine, file.fileOf), `${ports}: free, or this stack's own`);
}

/** Whether another command works on the stack, and what one that was killed has left. A start waits for it, or removes it. */
export async function lockFindings(home: Home, stack: string, session: Session | undefined): Promise<Finding[]> {
  if (await isBusy(home, stack))
    return [finding("lock", "note", "a start or stop of this stack is at work", "wait for its end: a start does")];
  if (session === undefined) return [finding("lock", "ok", "free")];
  const { pids, dead } = await heldLocks(session);
  if (pids.length === 0) return [finding("lock", "ok", "free")];
  return dead
    ? [
        finding(
          "lock",
          "note",
          `left by the update of process ${pids.join(", ")}, which was killed`,
          "npm start removes it",
        ),
      ]
    : [finding("lock", "problem", `an update is at work: process ${pids.join(", ")}`, "wait for its end")];
}

/** A health report in a line; one that is not healthy does not stop a start, which repairs what it can. */
export function healthFinding(health: HealthReport, stack: string): Finding {
  const { cognitod, llama, release, healthy } = health;
  const text = `release ${release}: cognitod ${cognitod.status}: ${cognitod.detail}; llama ${llama.status}: ${llama.detail}`;
  return healthy
    ? finding("services", "ok", text)
    : finding("services", "note", text, `npm run status -- ${stack} prints all of it`);
}

/** The services of a stack on this machine. */
export async function localServiceFindings(session: Session | undefined, stack: string): Promise<Finding[]> {
  if (session === undefined) return [finding("services", "ok", "not started yet")];
  const found: Deployed = await outputs(session);
  if (found.health === undefined) return [finding("services", "ok", "not deployed now")];
  return [healthFinding(await liveHealth(session, found), stack)];
}

/** The services of a stack on EC2, and what reaching them needs. */
export async function ec2Findings(stack: string): Promise<Finding[]> {
  const programs = [
    ["aws", "install the AWS CLI"],
    ["session-manager-plugin", "install the Session Manager plugin of the AWS CLI"],
  ] as const;
  const found = await Promise.all(programs.map(async ([name]) => canRun(name)));
  const tools = programs.flatMap(([name, remedy], index) =>
    found[index] === true
      ? [finding("tools", "ok", name)]
      : [finding("tools", "note", `${name} is missing: no dashboard, log or shell from here`, remedy)],
  );
  return [...tools, healthFinding(await liveEc2Health(stack), stack)];
}
