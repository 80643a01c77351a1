import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { joinedEnvironment } from "./environment";
import { projectFolder } from "./home";
import { run } from "./run";
import type { Session } from "../start/session";

/** The environment in which `pulumi` and `docker` find the session's programs, engine and state. */
export function sessionEnvironment(session: Session): NodeJS.ProcessEnv {
  return joinedEnvironment(process.env, session.environment);
}

/** How many resources an update created, updated, deleted and so on, by the engine's name of the operation. */
export type Changes = Readonly<Record<string, number>>;

/** Runs a `pulumi` command that is done in a moment, on the session's stack; what it printed. */
export async function pulumi(session: Session, ...args: string[]): Promise<string> {
  const options = { cwd: projectFolder, env: sessionEnvironment(session) };
  return (await run("pulumi", [...args, "--stack", session.stack, "--non-interactive"], options)).stdout;
}

/**
 * Creates the stack if it doesn't exist. The CLI writes a new stack's salt into the settings file that it finds, and the
 * checkout's must not change: so it runs in a folder of its own, with nothing but the project's name.
 */
export async function ensureStack(session: Session): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-stack-"));
  const options = { cwd: folder, env: { ...sessionEnvironment(session), PULUMI_OPTION_CONFIG_FILE: "" } };
  try {
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: linnix\nruntime: nodejs\n");
    const { stdout } = await run("pulumi", ["stack", "ls", "--json"], options);
    const stacks = JSON.parse(stdout) as { name: string }[];
    if (stacks.some(({ name }) => name === session.stack)) return;
    await run("pulumi", ["stack", "init", "--stack", session.stack, "--no-select", "--non-interactive"], options);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What the last update changed, from the stack's history. */
export async function lastChanges(session: Session): Promise<Changes> {
  const history = await pulumi(session, "stack", "history", "--json", "--page-size", "1");
  const [last] = JSON.parse(history) as { resourceChanges?: Changes }[];
  return last?.resourceChanges ?? {};
}

/** The stack's outputs, secrets in clear: keep them off the screen. */
export async function outputs(session: Session): Promise<Record<string, unknown>> {
  return JSON.parse(await pulumi(session, "stack", "output", "--json", "--show-secrets")) as Record<string, unknown>;
}

/** Whether an update changed anything; resources that stay the same are counted as `same`. */
export function changed(changes: Changes): boolean {
  return Object.entries(changes).some(([operation, count]) => operation !== "same" && count > 0);
}
