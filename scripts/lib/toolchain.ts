import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { PulumiCommand } from "@pulumi/pulumi/automation";
import { SemVer, gte, parse } from "semver";

import { Failure } from "./errors";
import { type Home, ensureFolder } from "./home";
import type { Step } from "./progress";
import { reachable } from "./reachable";
import { run, tryRun } from "./run";
import { buildPrograms } from "./toolchain/build";
import { stateBackend } from "./toolchain/backend";
import { type PluginName, cliVersion, oldestCli, pluginVersions } from "./toolchain/programs";

export { ensureBackend } from "./toolchain/backend";

/** How a program came here. */
export interface Provenance {
  readonly program: string;
  readonly version: string;
  readonly source: "path" | "download" | "build";
}

/** Everything that runs the program. */
export interface Toolchain {
  /** The folder to put first on PATH: the CLI, the language host and the dynamic provider's launcher. */
  readonly bin: string;
  readonly how: readonly Provenance[];
}

/** What {@link ensureToolchain} is told. */
export interface ToolchainOptions {
  readonly home: Home;
  /** `auto`: what is there, else the official download, else a build from Go modules. The others force one way. */
  readonly mode: "auto" | "path" | "download" | "build";
  readonly plugins: readonly PluginName[];
  readonly step: Step;
}

const officialHost = "https://get.pulumi.com";

/** Which way the tools come, and why. */
export async function chooseWay(
  mode: ToolchainOptions["mode"],
  onPath: string | undefined,
  inReach: () => Promise<boolean> = () => reachable(officialHost),
): Promise<"path" | "download" | "build"> {
  if (mode === "path" && onPath === undefined) {
    throw new Failure(
      `LINNIX_TOOLS=path: there is no Pulumi CLI ${oldestCli} or newer on PATH. Install it, or unset LINNIX_TOOLS.`,
    );
  }
  if (mode !== "auto") return mode;
  if (onPath !== undefined) return "path";
  return (await inReach()) ? "download" : "build";
}

/** The version of the CLI on PATH, when it is new enough and of the same major version. */
async function cliOnPath(): Promise<string | undefined> {
  const found = await tryRun("pulumi", ["version"]).catch(() => undefined);
  const version = parse(found?.stdout.trim().replace(/^v/, ""));
  return version !== null && version.major === 3 && gte(version, oldestCli) ? version.version : undefined;
}

function pluginFolder(home: string, plugin: PluginName): string {
  return path.join(home, "plugins", `resource-${plugin}-v${pluginVersions[plugin]}`);
}

/** The dynamic resources' provider is the SDK's own; the CLI starts it by this name. */
const dynamicLauncher = `#!/bin/sh
exec node "$(node -p "require.resolve('@pulumi/pulumi/cmd/dynamic-provider')")" "$@"
`;

/** The CLI takes what lies in its own folder as its own, without a warning: a hard link lies there, a symbolic one doesn't. */
function link(target: string, place: string): void {
  if (fs.lstatSync(place, { throwIfNoEntry: false })?.ino === fs.statSync(target).ino) return;
  fs.rmSync(place, { force: true });
  fs.linkSync(target, place);
}

/** A folder with the built programs under their names. */
function collect(home: Home, paths: Record<string, string>): string {
  const bin = ensureFolder(path.join(home.tools, "bin"));
  for (const name of ["pulumi", "pulumi-language-nodejs"]) link(paths[name] ?? "", path.join(bin, name));
  const launcher = path.join(bin, "pulumi-resource-pulumi-nodejs");
  fs.writeFileSync(`${launcher}.${process.pid}`, dynamicLauncher, { mode: 0o755 });
  fs.renameSync(`${launcher}.${process.pid}`, launcher);
  return bin;
}

/** Has the CLI and the plugins at hand, whatever it takes; says how far it is. */
export async function ensureToolchain({ home, mode, plugins, step }: ToolchainOptions): Promise<Toolchain> {
  const onPath = await cliOnPath();
  const way = await chooseWay(mode, onPath);
  ensureFolder(home.pulumi);
  const missing = plugins.filter((plugin) => {
    const place = pluginFolder(home.pulumi, plugin);
    const known = pluginFolder(path.join(os.homedir(), ".pulumi"), plugin);
    if (!fs.existsSync(place) && fs.existsSync(known)) {
      fs.mkdirSync(path.dirname(place), { recursive: true });
      fs.symlinkSync(known, place);
    }
    return !fs.existsSync(place);
  });

  if (way === "build") {
    const { paths } = await buildPrograms(home, step);
    const bin = collect(home, paths);
    for (const plugin of missing) {
      const file = paths[`pulumi-resource-${plugin}`] ?? "";
      await installPlugin(home, path.join(bin, "pulumi"), plugin, ["--file", file]);
    }
    return { bin, how: provenance("build", cliVersion, plugins, "build") };
  }

  let cli = "pulumi";
  let bin = "";
  if (way === "download") {
    const root = path.join(home.tools, `pulumi-${cliVersion}`);
    step.say(`downloading Pulumi ${cliVersion}`);
    ({ command: cli } = await PulumiCommand.install({ version: new SemVer(cliVersion), root }));
    bin = path.dirname(cli);
  }
  for (const plugin of missing) {
    step.say(`downloading the plugin ${plugin} ${pluginVersions[plugin]}`);
    await installPlugin(home, cli, plugin, []);
  }
  return { bin, how: provenance(way, way === "path" ? (onPath ?? "") : cliVersion, plugins, "download") };
}

function provenance(
  cli: Provenance["source"],
  version: string,
  plugins: readonly PluginName[],
  source: Provenance["source"],
): Provenance[] {
  return [
    { program: "pulumi", version, source: cli },
    ...plugins.map((plugin) => ({ program: plugin, version: pluginVersions[plugin], source })),
  ];
}

async function installPlugin(home: Home, cli: string, plugin: PluginName, source: string[]): Promise<void> {
  await run(cli, ["plugin", "install", "resource", plugin, pluginVersions[plugin], ...source], {
    env: { ...process.env, PULUMI_HOME: home.pulumi, PULUMI_SKIP_UPDATE_CHECK: "true" },
    log: path.join(home.logs, `toolchain-plugin-${plugin}.log`),
  });
}

/** What has to be added to the environment to run `pulumi` with this tool chain on the local state. */
export function pulumiEnvironment(
  home: Home,
  toolchain: Toolchain,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const folders = [extra.PATH, toolchain.bin, process.env.PATH].filter((it) => it !== undefined && it !== "");
  return {
    ...extra,
    PATH: folders.join(path.delimiter),
    PULUMI_HOME: home.pulumi,
    PULUMI_BACKEND_URL: stateBackend(home.state),
    PULUMI_CONFIG_PASSPHRASE_FILE: home.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Types are checked by `npm test`; checking them again costs seconds on every run.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  };
}
