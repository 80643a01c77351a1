import * as fs from "node:fs";
import * as path from "node:path";

import type { Unwrap } from "@pulumi/pulumi";

import type { StackOutputs } from "../../components/hosts/stack-host";
import type { RawSettings } from "../../components/settings/validate";
import { type Home, projectFolder } from "../../scripts/lib/home";
import { ensureStack, lastChanges, sessionEnvironment, type Changes } from "../../scripts/lib/pulumi";
import { readStackFile, writeStackFile } from "../../scripts/lib/stack-file";
import { scratchSession } from "../fixtures/scratch-session";
import { DrivenStack } from "../pulumi/driven-stack";
import type { AwsProvider } from "./provider/provider";

/** What the box's stacks need of this machine. */
export interface StackNeeds {
  readonly home: Home;
  readonly provider: AwsProvider;
  /** By the names of linnix:baseImages. */
  readonly baseImages: Readonly<Record<string, string>>;
}

/** What a program's folder has. */
const programParts = ["components", "docker", "ebpf", "host", "sample", "index.ts", "package.json", "pins.json"];

/** Copies the program, so that a test can change any of its files. */
function copyProgram(to: string): void {
  fs.mkdirSync(to);
  const isWanted = (from: string) => !/(\/target|\/__pycache__)$/.test(from);
  for (const name of [...programParts, "Pulumi.yaml", "tsconfig.json"])
    fs.cpSync(path.join(projectFolder, name), path.join(to, name), { recursive: true, filter: isWanted });
  fs.symlinkSync(path.join(projectFolder, "node_modules"), path.join(to, "node_modules"));
}

/** A stack with the settings of Pulumi.box.yaml, of a copy of the program that builds its copy of the sample daemon. */
export class BoxStack extends DrivenStack {
  readonly session;
  override readonly program: string;
  private settings: RawSettings;
  private readonly whole: Readonly<Record<string, unknown>>;

  private constructor(
    readonly name: string,
    /** State, settings and source. */
    readonly folder: string,
    private readonly needs: StackNeeds,
  ) {
    super();
    this.program = path.join(folder, "program");
    this.session = scratchSession(name, folder);
    const { whole, raw } = readStackFile(path.join(projectFolder, "Pulumi.box.yaml"));
    this.whole = whole;
    this.settings = { ...raw, source: this.source, baseImages: needs.baseImages };
    this.set({});
  }

  /** Creates the stack, without an update. */
  static async make(name: string, needs: StackNeeds): Promise<BoxStack> {
    const parent = path.join(needs.home.cache, "tests");
    fs.mkdirSync(parent, { recursive: true });
    const folder = fs.mkdtempSync(path.join(parent, `box-${name}-`));
    copyProgram(path.join(folder, "program"));
    const stack = new BoxStack(name, folder, needs);
    await ensureStack(stack.session);
    return stack;
  }

  /** The checkout that cognitod is built from; tests may change it. */
  get source(): string {
    return path.join(this.program, "sample", "daemon");
  }

  /** Changes a file of the program; fails if it has not what is to be changed. */
  edit(file: string, from: string, to: string): void {
    const place = path.join(this.program, file);
    const text = fs.readFileSync(place, "utf8");
    if (!text.includes(from)) throw new Error(`${file} does not have ${from}`);
    fs.writeFileSync(place, text.replace(from, to));
  }

  /** Changes settings; `null` removes one. */
  set(settings: RawSettings): void {
    const all = Object.entries({ ...this.settings, ...settings });
    this.settings = Object.fromEntries(all.filter(([, value]) => value !== null));
    writeStackFile(this.session.configFile, this.whole, this.settings, "Settings of a test's stack");
  }

  override get environment(): NodeJS.ProcessEnv {
    const environment = sessionEnvironment(this.session);
    const { folder } = this.needs.provider;
    return folder === undefined ? environment : { ...environment, PATH: `${folder}:${environment.PATH ?? ""}` };
  }

  /** Runs `pulumi up`; returns the changes. */
  async up(...args: string[]): Promise<Changes> {
    await this.pulumi("up", "--yes", "--skip-preview", ...args);
    return lastChanges(this.session);
  }

  async outputs(): Promise<Unwrap<StackOutputs>> {
    return JSON.parse(await this.pulumi("stack", "output", "--json", "--show-secrets")) as Unwrap<StackOutputs>;
  }

  /** Removes state and settings; what the box has of the stack ends with the box. */
  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
