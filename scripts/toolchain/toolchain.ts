import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { gte, parse } from "semver";

import { Failure } from "../lib/errors";
import { type Home, ensureFolder } from "../lib/home";
import type { Step } from "../lib/progress";
import { reachable } from "../lib/reachable";
import { tryRun } from "../lib/run";
import { writeFileAtomically } from "../lib/write-file";
import { officialHost } from "./archives";
import { buildPrograms } from "./build";
import { stateBackend } from "./backend";
import { downloadPlugin, installCli, installPlugin } from "./install";
import { type PluginName, cliVersion, localPlugins, oldestCli, pluginVersions } from "./programs";

export { ensureBackend } from "./backend";

/** Where a program came from. */
export interface Provenance {
  readonly program: string;
  readonly version: string;
  /** `installed`: a plugin that this run found, from whatever source. */
  readonly source: "path" | "download" | "build" | "installed";
}

/** Everything that runs the program. */
export interface Toolchain {
  /** The folder to put first on PATH: the CLI, the language host and the dynamic provider's launcher. */
  readonly bin: string;
  readonly how: readonly Provenance[];
}

/** Options of {@link ensureToolchain}. */
export interface ToolchainOptions {
  readonly home: Home;
  /** `auto`: the installed one, else the official download, else a build from Go modules. The others force one way. */
  readonly mode: "auto" | "path" | "download" | "build";
  readonly plugins: readonly PluginName[];
  readonly step: Step;
}

/** Chooses where the tools come from. */
export async function chooseWay(
  mode: ToolchainOptions["mode"],
  onPath: string | undefined,
  inReach: () => Promise<boolean> = () => reachable(officialHost),
): Promise<"path" | "download" | "build"> {
  if (mode === "path" && onPath === undefined) {
    throw new Failure(
      `LINNIX_TOOLS=path: no Pulumi CLI ${oldestCli} or newer is on PATH. Install it, or unset LINNIX_TOOLS.`,
    );
  }
  if (mode !== "auto") return mode;
  if (onPath !== undefined) return "path";
  return (await inReach()) ? "download" : "build";
}

/** The version of the CLI on PATH, if it is new enough and of the same major version. */
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

/** What is installed of the tool chain, without getting anything. */
export interface Installed {
  /** The CLI that a start would use; undefined if it has to get one. */
  readonly cli: string | undefined;
  readonly missingPlugins: readonly PluginName[];
}

/**
 * Looks for the CLI and the plugins.
 *
 * @throws Failure if the mode asks for a CLI on PATH and there is none.
 */
export async function installedTools(home: Home, mode: ToolchainOptions["mode"]): Promise<Installed> {
  const onPath = await cliOnPath();
  const way = await chooseWay(mode, onPath, () => Promise.resolve(true));
  const own = fs.existsSync(home.tools) && fs.readdirSync(home.tools).some((name) => /^pulumi(-v.*)?$/.test(name));
  const places = [home.pulumi, path.join(os.homedir(), ".pulumi")];
  const isMissing = (plugin: PluginName) => !places.some((place) => fs.existsSync(pluginFolder(place, plugin)));
  const cli = way === "path" ? `${onPath ?? ""} on PATH` : own ? `${cliVersion} in ${home.tools}` : undefined;
  return { cli, missingPlugins: localPlugins.filter(isMissing) };
}

/** Hard links, since the CLI accepts programs in its own folder without a warning, and follows symbolic links out of it. */
function link(target: string, place: string): void {
  if (fs.lstatSync(place, { throwIfNoEntry: false })?.ino === fs.statSync(target).ino) return;
  fs.rmSync(place, { force: true });
  fs.linkSync(target, place);
}

/** Creates a folder with the built programs under their names. */
function collect(home: Home, paths: Record<string, string>): string {
  const bin = ensureFolder(path.join(home.tools, "bin"));
  for (const name of ["pulumi", "pulumi-language-nodejs"]) link(paths[name] ?? "", path.join(bin, name));
  const launcher = path.join(bin, "pulumi-resource-pulumi-nodejs");
  writeFileAtomically(launcher, dynamicLauncher, 0o755);
  return bin;
}

/** Makes the CLI and the plugins available: finds, downloads or builds them. */
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
      await installPlugin(home, path.join(bin, "pulumi"), plugin, paths[`pulumi-resource-${plugin}`] ?? "");
    }
    return { bin, how: provenance("build", cliVersion, plugins, missing) };
  }

  let cli = "pulumi";
  let bin = "";
  if (way === "download") {
    cli = await installCli(home, step);
    bin = path.dirname(cli);
  }
  for (const plugin of missing) await downloadPlugin(home, cli, plugin, step);
  return { bin, how: provenance(way, way === "path" ? (onPath ?? "") : cliVersion, plugins, missing) };
}

/**
 * Where everything came from.
 *
 * @param version the CLI's.
 * @param missing the plugins that this run had to get.
 */
export function provenance(
  way: "path" | "download" | "build",
  version: string,
  plugins: readonly PluginName[],
  missing: readonly PluginName[],
): Provenance[] {
  const got: Provenance["source"] = way === "build" ? "build" : "download";
  return [
    { program: "pulumi", version, source: way },
    ...plugins.map((plugin): Provenance => ({
      program: plugin,
      version: pluginVersions[plugin],
      source: missing.includes(plugin) ? got : "installed",
    })),
  ];
}

/** Environment variables needed to run `pulumi` with this tool chain on the local state. */
export function pulumiEnvironment(
  home: Home,
  toolchain: Toolchain,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  // What comes before the user's own PATH, which may change.
  const folders = [extra.PATH, toolchain.bin].filter((it) => it !== undefined && it !== "");
  return {
    ...extra,
    PATH: folders.join(path.delimiter),
    PULUMI_HOME: home.pulumi,
    PULUMI_BACKEND_URL: stateBackend(home.state),
    PULUMI_CONFIG_PASSPHRASE_FILE: home.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // `npm test` checks types; checking them again would cost seconds on every run.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  };
}
