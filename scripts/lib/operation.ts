import { spawn } from "node:child_process";
import * as path from "node:path";
import * as readline from "node:readline";

import type { Display } from "./display";
import { Failure } from "./errors";
import { readEvent } from "./events";
import { followFile } from "./follow-file";
import { projectFolder } from "./home";
import { Interrupted, receiveInterruptions } from "./interrupt";
import { Step } from "./progress";
import { type Changes, changed, lastChanges, sessionEnvironment } from "./pulumi";
import { withTemporaryFolder } from "./temporary";
import { type FailedResource, UpdateProgress } from "./update-progress";
import type { Session } from "../start/session";

/** An operation on the whole stack. */
export type Operation = "up" | "destroy";

/** Lines of the CLI's output that explain a failure for which it reported no error. */
const shownLines = 12;

const remains: Readonly<Record<Operation, string>> = {
  up: "What ran before still runs.",
  destroy: "What was not removed still exists.",
};

/** The CLI's hint after a destroy. It would delete the settings file, which is a file of the repository. */
const hint = /pulumi stack rm|history and configuration associated|^If you want to remove the stack/;

/** What the CLI writes beside its messages, without that hint. */
export function withoutHints(text: string): string {
  const lines = text.split("\n").filter((line) => !hint.test(line));
  return lines.join("\n").trim();
}

/** An error's message; the one about a lock recommends `pulumi cancel`, which would break the other update. */
function explained(message: string): string {
  if (!message.includes("is currently locked by")) return message;
  const [, pid] = /\(pid (\d+)\)/.exec(message) ?? [];
  const holder = pid === undefined ? "" : ` (process ${pid})`;
  return `another update of this stack is running${holder}. Wait until it has ended, then run the command again.`;
}

/** An operation that failed: at which resources, and why. */
export class PulumiFailed extends Failure {
  constructor(
    operation: Operation,
    readonly resources: readonly FailedResource[],
    others: readonly string[],
  ) {
    const failed = resources.flatMap(({ subject, messages }) =>
      messages.length === 0 ? [`${subject} failed`] : messages.map((message) => `${subject}: ${message}`),
    );
    const lines = [...failed, ...others.map(explained)].join("\n").split("\n");
    super([`pulumi ${operation} failed:`, ...lines.map((line) => `  ${line}`), remains[operation]].join("\n"));
    this.name = "PulumiFailed";
  }

  /** The same failure, with paragraphs before and after its message. */
  with(before: readonly string[], after: readonly string[] = []): this {
    this.message = [...before, this.message, ...after].join("\n");
    return this;
  }
}

/** The resource whose failure a line of the CLI's plain output reports. */
export function failedInPlainOutput(line: string): string | undefined {
  return /^\s*\S+\s+\S+:\S+ (\S+) \*\*\w+ failed/.exec(line)?.[1];
}

interface CliResult {
  readonly status: number;
  /** The last lines of standard output. */
  readonly tail: readonly string[];
  readonly stderr: string;
}

/** Runs the CLI to its end; an interruption is passed on to it, and to nothing else. */
async function runCli(
  session: Session,
  args: readonly string[],
  step: Step,
  { folder, onLine = () => undefined }: { readonly folder: string; readonly onLine?: (line: string) => void },
): Promise<CliResult> {
  const child = spawn("pulumi", [...args, "--stack", session.stack, "--non-interactive", "--color", "never"], {
    cwd: projectFolder,
    // The CLI knows --event-log only with its debugging commands.
    env: { ...sessionEnvironment(session), PULUMI_DEBUG_COMMANDS: "1", TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
    // In a process group of its own: two signals of one key press would make it end without waiting for providers.
    detached: true,
  });
  const tail: string[] = [];
  let stderr = "";
  let interruptions = 0;
  readline.createInterface({ input: child.stdout }).on("line", (line) => {
    tail.push(line);
    if (tail.length > shownLines) tail.shift();
    onLine(line);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const passOn = () => {
    interruptions += 1;
    step.note(
      interruptions === 1
        ? `interrupting: waiting for the end of ${step.inProgress()}; interrupt again to stop at once`
        : "stopping at once; the next run repairs what is left half done",
    );
    child.kill("SIGINT");
  };
  const status = await receiveInterruptions(
    passOn,
    () =>
      new Promise<number>((resolve, reject) => {
        child.on("error", (error) => {
          reject(new Failure(`pulumi cannot be run: ${error.message}. Run \`npm start\`, which installs it.`));
        });
        child.on("close", (code) => {
          resolve(code ?? 1);
        });
      }),
  );
  if (interruptions > 0) {
    throw new Interrupted("Interrupted. What exists stays; run the command again to continue.");
  }
  return { status, tail, stderr: stderr.trim() };
}

/** For a CLI without `--event-log`: its plain output is the progress. */
async function operatePlainly(
  session: Session,
  operation: Operation,
  args: readonly string[],
  step: Step,
  folder: string,
) {
  const names = new Set<string>();
  const onLine = (line: string) => {
    const text = withoutHints(line);
    if (text !== "") step.note(text);
    const name = failedInPlainOutput(line);
    if (name !== undefined) names.add(name);
  };
  const { status, tail, stderr } = await runCli(session, args, step, { folder, onLine });
  if (status === 0) return lastChanges(session);
  const failed = [...names].map((name) => ({ name, subject: name, messages: [] }));
  throw new PulumiFailed(operation, failed, [stderr === "" ? tail.join("\n") : stderr]);
}

function operateByEvents(session: Session, operation: Operation, args: readonly string[], step: Step) {
  // The events hold the program's inputs, and plugins leave files there.
  return withTemporaryFolder(async (folder) => {
    const file = path.join(folder, "events");
    const progress = new UpdateProgress(step);
    const stop = followFile(file, (line) => {
      const event = readEvent(line);
      if (event !== undefined) progress.handle(event);
    });
    const { status, tail, stderr } = await runCli(session, [...args, "--event-log", file], step, { folder }).finally(
      () => {
        stop();
        progress.close();
      },
    );
    if (status !== 0 && stderr.includes("unknown flag: --event-log")) {
      return operatePlainly(session, operation, args, step, folder);
    }
    if (status !== 0) {
      const errors = [...progress.otherErrors(), stderr].filter((text) => text !== "");
      const failed = progress.failedResources();
      throw new PulumiFailed(operation, failed, errors.length + failed.length === 0 ? tail : errors);
    }
    const notes = withoutHints(stderr);
    if (notes !== "") step.note(notes);
    return progress.changes ?? (await lastChanges(session));
  });
}

/** Counts of changes for people: "2 created, 1 replaced, 15 unchanged". */
export function changesText(changes: Changes): string {
  if (!changed(changes)) return "nothing changed";
  const names: Readonly<Record<string, string>> = {
    create: "created",
    update: "updated",
    replace: "replaced",
    delete: "removed",
    same: "unchanged",
  };
  return Object.entries(changes)
    .flatMap(([operation, count]) => (names[operation] === undefined ? [] : [`${count} ${names[operation]}`]))
    .join(", ");
}

/**
 * Runs `pulumi up` or `pulumi destroy` on the session's stack, without a preview, and shows what is in progress.
 *
 * @param more further options of the CLI.
 * @param on the display; by default this process's.
 * @returns how many resources were changed.
 * @throws {PulumiFailed} with the resources that failed and their errors.
 * @throws {Interrupted} if the user interrupted it.
 */
export async function operate(
  session: Session,
  operation: Operation,
  more: readonly string[] = [],
  on?: Display,
): Promise<Changes> {
  const step = new Step(operation === "up" ? "pulumi up" : operation, "reading the program and the state", on);
  const args = [operation, "--yes", "--skip-preview", "--suppress-progress", "--suppress-outputs", ...more];
  try {
    const changes = await operateByEvents(session, operation, args, step);
    step.done(changesText(changes));
    return changes;
  } catch (error) {
    step.failed(error instanceof Interrupted ? "interrupted" : "failed");
    throw error;
  }
}
