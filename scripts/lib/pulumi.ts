import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as readline from "node:readline";

import { Failure } from "./errors";
import { projectFolder } from "./home";
import { run } from "./run";
import type { Session } from "./session";

/** The environment in which `pulumi` and `docker` find what this session uses. */
export function sessionEnvironment(session: Session): NodeJS.ProcessEnv {
  return { ...process.env, ...session.environment };
}

/** How many resources an update created, updated, replaced, deleted, left as they were. */
export type Changes = Readonly<Record<string, number>>;

/** The resource that a line of Pulumi's progress says work has begun on. */
export function resourceAtWork(line: string): string | undefined {
  return /^\s*\S+\s+\S+:\S+ (\S+) (?:creating|updating|replacing|deleting|refreshing)\b/.exec(line)?.[1];
}

/** The resource whose operation a line of Pulumi's output says has failed. */
export function resourceThatFailed(line: string): string | undefined {
  return /^\s*\S+\s+\S+:\S+ (\S+) \*\*\w+ failed\*\*/.exec(line)?.[1];
}

/** An operation that failed, and the resources that it failed at. */
export class PulumiFailed extends Failure {
  constructor(
    operation: string,
    readonly resources: readonly string[],
  ) {
    super(`pulumi ${operation} failed; the lines above say where. What ran before still runs.`);
    this.name = "PulumiFailed";
  }
}

/**
 * Runs `pulumi` on the session's stack and hands its progress to standard error, where data never goes.
 * `onResource` hears of each resource that work begins on.
 */
export function pulumi(session: Session, args: readonly string[], onResource?: (name: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", [...args, "--stack", session.stack, "--non-interactive"], {
      cwd: projectFolder,
      env: sessionEnvironment(session),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const failed = new Set<string>();
    readline.createInterface({ input: child.stdout }).on("line", (line) => {
      process.stderr.write(`${line}\n`);
      const resource = resourceAtWork(line);
      if (resource !== undefined) onResource?.(resource);
      const broken = resourceThatFailed(line);
      if (broken !== undefined) failed.add(broken);
    });
    child.on("error", (error) => {
      reject(new Failure(`pulumi cannot be run: ${error.message}. Run \`npm start\`, which installs it.`));
    });
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new PulumiFailed(args[0] ?? "", [...failed]));
    });
  });
}

/**
 * Makes the stack when it isn't there. In a folder of its own, which knows nothing but the project's name: the CLI writes
 * the new stack's salt into the settings file it finds, and the checkout's is not to be touched.
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

/** What the last update changed. */
export async function lastChanges(session: Session): Promise<Changes> {
  const { stdout } = await run(
    "pulumi",
    ["stack", "history", "--json", "--page-size", "1", "--stack", session.stack, "--non-interactive"],
    { cwd: projectFolder, env: sessionEnvironment(session) },
  );
  const [last] = JSON.parse(stdout) as { resourceChanges?: Changes }[];
  return last?.resourceChanges ?? {};
}

/** The stack's outputs, secrets in clear: keep them off the screen. */
export async function outputs(session: Session): Promise<Record<string, unknown>> {
  const { stdout } = await run(
    "pulumi",
    ["stack", "output", "--json", "--show-secrets", "--stack", session.stack, "--non-interactive"],
    { cwd: projectFolder, env: sessionEnvironment(session) },
  );
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Whether an update changed anything: `same` doesn't count. */
export function changed(changes: Changes): boolean {
  return Object.entries(changes).some(([operation, count]) => operation !== "same" && count > 0);
}
