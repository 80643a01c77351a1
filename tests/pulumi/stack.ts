import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import type { HealthReport } from "../../components/health/report";
import type { RawSettings } from "../../components/settings/validate";
import { linnixHome, projectFolder } from "../../scripts/lib/home";
import { type Changes, ensureStack, lastChanges } from "../../scripts/lib/pulumi";
import { run, tryRun } from "../../scripts/lib/run";
import type { Session } from "../../scripts/start/session";
import { writeStackFile } from "../../scripts/lib/stack-file";
import { freePorts } from "../fixtures/free-ports";
import { scratchSession } from "../fixtures/scratch-session";
import { writeTinyModel } from "../../sample/model";
import { testBases } from "../images/docker";
import { DrivenStack } from "./driven-stack";

/** The stack's outputs as index.ts exports them. */
export interface Outputs {
  readonly health: HealthReport;
  readonly endpoints: Readonly<Record<"api" | "health" | "metrics" | "llama" | "llamaHealth", string>>;
  readonly images: readonly { readonly name: string; readonly digest: string; readonly bytes: number }[];
  readonly release: string;
  readonly apiToken: string;
  readonly commands: Readonly<Record<string, string>>;
}

/** The names of the stack's images and containers in the program. */
export type Part = "cognitod" | "llama" | "preflight" | "model";

/** Stacks that were created and not removed yet. */
const made = new Set<TestStack>();

/** Removes every stack that was created, in any state; each test file calls it at its end. */
export async function removeStacks(): Promise<void> {
  for (const stack of made) await stack.remove();
}

/**
 * A stack for one test file, with its own state, passphrase, settings, ports and names, and no files in the
 * checkout. Tests use the `pulumi` and `docker` on PATH, like a user.
 */
export class TestStack extends DrivenStack {
  readonly session: Session;

  private settings: RawSettings;

  private constructor(
    readonly name: string,
    /** The folder with the stack's state, settings, model and source. */
    readonly folder: string,
    private readonly original: RawSettings,
  ) {
    super();
    this.settings = original;
    made.add(this);
    this.session = scratchSession(name, folder);
    this.set({});
  }

  /** Creates a stack with the sample daemon, or with a copy of it that a test may change, and the tiny model. */
  static async make(source: "sample" | "copy", settings: RawSettings = {}): Promise<TestStack> {
    const name = `t-${randomBytes(3).toString("hex")}`;
    // In the home folder: every kind of engine can mount a file from there.
    const parent = path.join(linnixHome().cache, "tests");
    fs.mkdirSync(parent, { recursive: true });
    const folder = fs.mkdtempSync(path.join(parent, `${name}-`));
    const model = path.join(folder, "models", "tiny.gguf");
    await writeTinyModel(model);
    const sample = path.join(projectFolder, "sample", "daemon");
    if (source === "copy") {
      const target = path.join(sample, "target");
      fs.cpSync(sample, path.join(folder, "source"), { recursive: true, filter: (from) => from !== target });
    }
    const [apiPort = 0, healthPort = 0, llamaPort = 0] = await freePorts(3);
    const stack = new TestStack(name, folder, {
      source: source === "copy" ? path.join(folder, "source") : "sample",
      model,
      baseImages: testBases(),
      ...{ apiPort, healthPort, llamaPort },
      llamaContext: 2048,
      healthTimeout: 90,
      ...settings,
    });
    await ensureStack(stack.session);
    return stack;
  }

  /** Changes settings; `null` removes one. */
  set(settings: RawSettings): void {
    this.settings = Object.fromEntries(
      Object.entries({ ...this.settings, ...settings }).filter(([, value]) => value !== null),
    );
    writeStackFile(this.session.configFile, {}, this.settings, "Settings of a test's stack");
  }

  /** Undoes every {@link set} since the stack was created. */
  restore(): void {
    this.settings = this.original;
    this.set({});
  }

  /** One of the stack's ports. */
  port(of: "api" | "health" | "llama"): number {
    return Number(this.settings[`${of}Port`]);
  }

  /** Runs `pulumi up` without a terminal; returns the changes. */
  async up(...args: string[]): Promise<Changes> {
    await this.pulumi("up", "--yes", "--skip-preview", ...args);
    return lastChanges(this.session);
  }

  async outputs(): Promise<Outputs> {
    return JSON.parse(await this.pulumi("stack", "output", "--json", "--show-secrets")) as Outputs;
  }

  /** Runs `docker` on the stack's engine; returns its trimmed output. */
  async docker(...args: string[]): Promise<string> {
    return (await run("docker", args, { env: this.environment })).stdout.trim();
  }

  /** The name of a container, volume or network of the stack on the engine. */
  on(part: string): string {
    return `linnix-${this.name}-${part}`;
  }

  /** A container's id, which changes when the container is replaced. */
  containerId(part: Part): Promise<string> {
    return this.docker("container", "inspect", "--format", "{{.Id}}", this.on(part));
  }

  /** The names of the stack's objects on the engine. */
  async onEngine(kind: "container" | "volume" | "network" | "image"): Promise<string[]> {
    const all = kind === "container" ? ["--all"] : [];
    const format = kind === "image" ? "{{.Repository}}:{{.Tag}}" : kind === "container" ? "{{.Names}}" : "{{.Name}}";
    const names = (await this.docker(kind, "ls", ...all, "--format", format)).split("\n");
    return names.filter((it) => (kind === "image" ? it.endsWith(`:${this.name}`) : it.startsWith(this.on("")))).sort();
  }

  /**
   * Removes everything that the stack has on the engine and on the disk, in any state that a failed test may have left.
   * Does not use `pulumi destroy`, which has its own test and may fail after another failure.
   */
  async remove(): Promise<void> {
    for (const kind of ["container", "network", "volume", "image"] as const) {
      const names = await this.onEngine(kind);
      const force = kind === "container" ? ["--force", "--volumes"] : [];
      if (names.length > 0) await tryRun("docker", [kind, "rm", ...force, ...names], { env: this.environment });
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
    made.delete(this);
  }
}

/** The HTTP response of a printed endpoint; status 0 if there is none. */
export async function ask(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
    return { status: response.status, body: await response.text() };
  } catch {
    return { status: 0, body: "" };
  }
}
