import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { HealthReport } from "../../components/health/report";
import type { RawSettings } from "../../components/settings/validate";
import { projectFolder } from "../../scripts/lib/home";
import { ensureStack } from "../../scripts/lib/pulumi";
import { readStackFile, writeStackFile } from "../../scripts/lib/stack-file";
import { PlayedHost } from "../fixtures/played-host";
import { scratchSession } from "../fixtures/scratch-session";
import { parameterPrefix } from "../../components/hosts/ec2/stack";
import { DrivenStack } from "./driven-stack";

const digest = (seed: string): string => `sha256:${seed.repeat(32)}`;

/** A reference to a llama image by digest; each pair of hexadecimal digits gives another one. */
export const images = (seed: string): RawSettings[string] => ({
  cognitod: `registry.example/linnix/cognitod@${digest("0c")}`,
  llama: `registry.example/linnix/llama@${digest(seed)}`,
});

/** Values that must not appear in any output. */
export const secrets = {
  "aws:secretKey": "a-secret-key-that-must-not-show",
  "aws:token": "a-session-token-that-must-not-show",
  "linnix:apiToken": "an-api-token-that-must-not-show-anywhere",
};
/** Identifies a request that was signed with the stack's own credentials. */
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

/** The content of the state. */
export interface State {
  /** The whole export. */
  readonly text: string;
  readonly resources: readonly StateResource[];
  /** The resources of {@link rolloutType}. */
  readonly rollouts: readonly StateResource[];
  /** Operations that were started and never completed. */
  readonly pending: readonly unknown[];
}

/** A stack with only the rollout, and with its own state, settings and host, driven by the `pulumi` on PATH. */
export class RolloutStack extends DrivenStack {
  readonly name = `t-${randomBytes(3).toString("hex")}`;
  override readonly program = path.join(projectFolder, "tests", "fixtures", "rollout-program");
  readonly host = new PlayedHost(this.name);
  readonly prefix = parameterPrefix(this.name);
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), `linnix-${this.name}-`));
  readonly session = scratchSession(this.name, this.folder);

  /** Creates a stack whose host exists and runs no release yet. */
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

  /** Changes settings; keeps all others. */
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

  /** Runs `pulumi up`; returns its output. */
  up(...args: string[]): Promise<string> {
    return this.pulumi("up", "--yes", "--skip-preview", ...args);
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

  /** Removes everything, in any state that a failed test may have left. */
  async remove(): Promise<void> {
    await this.host.server.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
