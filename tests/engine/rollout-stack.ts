import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { parameterPrefix } from "../../components/hosts/ec2/services";
import type { HealthReport } from "../../components/health/report";
import type { RawSettings } from "../../components/settings/validate";
import { projectFolder } from "../../scripts/lib/home";
import { ensureStack, sessionEnvironment } from "../../scripts/lib/pulumi";
import { type RunResult, tryRun } from "../../scripts/lib/run";
import { readStackFile, writeStackFile } from "../../scripts/lib/stack-file";
import { PlayedHost } from "../fixtures/played-host";
import { scratchSession } from "../fixtures/scratch-session";

const digest = (seed: string): string => `sha256:${seed.repeat(32)}`;

/** An image of llama by digest, another one for each two hexadecimal digits. */
export const images = (seed: string): RawSettings[string] => ({
  cognitod: `registry.example/linnix/cognitod@${digest("0c")}`,
  llama: `registry.example/linnix/llama@${digest(seed)}`,
});

/** What must show nowhere. */
export const secrets = {
  "aws:secretKey": "a-secret-key-that-must-not-show",
  "aws:token": "a-session-token-that-must-not-show",
  "linnix:apiToken": "an-api-token-that-must-not-show-anywhere",
};
/** By which a request is known to be signed with the stack's own credentials. */
export const accessKey = "AKIAROLLOUTTEST";

/** The stack's outputs as tests/fixtures/rollout-program exports them. */
export interface Outputs {
  readonly health: HealthReport;
  readonly release: string;
}

/** The rollout's type, as the engine prints it. */
export const rolloutType = "pulumi-nodejs:dynamic/linnix:Rollout";

/** A resource of the state. */
interface StateResource {
  readonly type: string;
  readonly id?: string;
  readonly initErrors?: readonly string[];
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What the state holds. */
export interface State {
  /** All of it, as it is exported. */
  readonly text: string;
  readonly resources: readonly StateResource[];
  /** Those of {@link rolloutType}. */
  readonly rollouts: readonly StateResource[];
  /** Operations that were begun, and never ended. */
  readonly pending: readonly unknown[];
}

/** A stack of the rollout alone, with state, settings and host of its own, driven by the `pulumi` on PATH. */
export class RolloutStack {
  readonly name = `t-${randomBytes(3).toString("hex")}`;
  readonly program = path.join(projectFolder, "tests", "fixtures", "rollout-program");
  readonly host = new PlayedHost(this.name);
  readonly prefix = parameterPrefix(this.name);
  /** Everything that every command printed. */
  printed = "";
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), `linnix-${this.name}-`));
  private readonly session = scratchSession(this.name, this.folder);

  /** Makes one whose host is there and has nothing yet. */
  static async make(): Promise<RolloutStack> {
    const stack = new RolloutStack();
    const { server } = stack.host;
    await server.start();
    const endpoints = [{ ssm: server.url, ec2: server.url, sts: server.url }];
    const config = { "aws:accessKey": accessKey, "aws:endpoints": endpoints, "fixture:instance": "i-0123" };
    writeStackFile(
      stack.session.configFile,
      { config },
      { "aws:region": "eu-west-1", host: "ec2", images: images("0a"), healthTimeout: 60 },
      "Settings of a test's stack",
    );
    await ensureStack(stack.session);
    const pairs = Object.entries(secrets).flatMap(([key, value]) => ["--secret", `${key}=${value}`]);
    await stack.pulumi("config", "set-all", ...pairs);
    return stack;
  }

  /** Changes settings; those of other names stay. */
  set(settings: RawSettings, instance?: string): void {
    const { whole, raw } = readStackFile(this.session.configFile);
    const config = { ...(whole.config as object), ...(instance === undefined ? {} : { "fixture:instance": instance }) };
    writeStackFile(
      this.session.configFile,
      { ...whole, config },
      { ...raw, ...settings },
      "Settings of a test's stack",
    );
  }

  get environment(): NodeJS.ProcessEnv {
    return sessionEnvironment(this.session);
  }

  /** Runs a `pulumi` command on the stack, from the program's folder, whatever its exit status. */
  async tryPulumi(...args: string[]): Promise<RunResult> {
    const all = [...args, "--stack", this.name, "--non-interactive", "--color", "never"];
    const result = await tryRun("pulumi", all, { cwd: this.program, env: this.environment });
    this.printed += result.stdout + result.stderr;
    return result;
  }

  /** The same, for a command that must do. */
  async pulumi(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.tryPulumi(...args);
    if (status !== 0) throw new Error(`pulumi ${args.join(" ")} ended with status ${status}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** `pulumi up`; what it printed. */
  up(...args: string[]): Promise<string> {
    return this.pulumi("up", "--yes", "--skip-preview", ...args);
  }

  /** A `pulumi up` that must fail; what it said. */
  async failingUp(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.tryPulumi("up", "--yes", "--skip-preview", ...args);
    if (status === 0) throw new Error(`pulumi up was to fail and did not:\n${stdout}`);
    return `${stdout}\n${stderr}`;
  }

  async outputs(): Promise<Outputs> {
    return JSON.parse(await this.pulumi("stack", "output", "--json")) as Outputs;
  }

  async state(): Promise<State> {
    const text = await this.pulumi("stack", "export");
    const { deployment } = JSON.parse(text) as {
      deployment: { resources?: StateResource[]; pending_operations?: unknown[] };
    };
    const { resources = [], pending_operations: pending = [] } = deployment;
    return { text, resources, rollouts: resources.filter(({ type }) => type === rolloutType), pending };
  }

  /** Takes everything away, in whatever state a failed test left it. */
  async remove(): Promise<void> {
    await this.host.server.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
