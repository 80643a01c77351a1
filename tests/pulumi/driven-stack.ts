import { projectFolder } from "../../scripts/lib/home";
import { sessionEnvironment } from "../../scripts/lib/pulumi";
import { type RunResult, tryRun } from "../../scripts/lib/run";
import type { Session } from "../../scripts/start/session";

/** One planned change of `pulumi preview --json`. */
export interface PlannedStep {
  readonly op: string;
  /** The resource's name, without the path of its parents. */
  readonly name: string;
}

/** A stack that tests drive through the `pulumi` on PATH, like a user. */
export abstract class DrivenStack {
  /** Everything that every command printed. */
  printed = "";
  abstract readonly session: Session;
  /** The folder of the Pulumi program. */
  readonly program: string = projectFolder;

  get environment(): NodeJS.ProcessEnv {
    return sessionEnvironment(this.session);
  }

  /** Runs a `pulumi` command on the stack, in the program's folder; returns the result even if it fails. */
  async tryPulumi(...args: string[]): Promise<RunResult> {
    const all = [...args, "--stack", this.session.stack, "--non-interactive", "--color", "never"];
    const result = await tryRun("pulumi", all, { cwd: this.program, env: this.environment });
    this.printed += result.stdout + result.stderr;
    return result;
  }

  /** The same for a command that must succeed: the error contains its output. */
  async pulumi(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.tryPulumi(...args);
    if (status !== 0) throw new Error(`pulumi ${args.join(" ")} ended with status ${status}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Runs a `pulumi up` that must fail; returns its output. */
  async failingUp(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.tryPulumi("up", "--yes", "--skip-preview", ...args);
    if (status === 0) throw new Error(`pulumi up was to fail and did not:\n${stdout}`);
    return `${stdout}\n${stderr}`;
  }

  /** The changes that `pulumi up` would make. */
  async preview(...args: string[]): Promise<PlannedStep[]> {
    const text = await this.pulumi("preview", "--json", ...args);
    const { steps } = JSON.parse(text) as { steps: { op: string; urn: string }[] };
    return steps.filter(({ op }) => op !== "same").map(({ op, urn }) => ({ op, name: urn.split("::").pop() ?? "" }));
  }
}

/** The names of the steps of one kind, sorted. */
export function named(steps: readonly PlannedStep[], op: string): string[] {
  return steps
    .filter((step) => step.op === op)
    .map(({ name }) => name)
    .sort();
}
