import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../components/project";
import { BadInput } from "./errors";

/** Everything that this project stores outside its checkout, in one folder, so that it is easy to find, cache and remove. */
export interface Home {
  /** `$LINNIX_HOME`, by default `$XDG_DATA_HOME/linnix-pulumi` (`~/.local/share/linnix-pulumi`). */
  readonly root: string;
  /** Programs of the tool chain, in one folder per version. */
  readonly tools: string;
  /** `PULUMI_HOME`: plugins, credentials of the file backend. */
  readonly pulumi: string;
  /** The file backend with the local stacks' state. */
  readonly state: string;
  /** The generated passphrase of that backend, mode 0600. */
  readonly passphrase: string;
  /** The embedded Docker engine: root file system, data, socket. */
  readonly engine: string;
  /** Downloads and compilers' caches; safe to delete. */
  readonly cache: string;
  /** One log file per slow step. */
  readonly logs: string;
  /** Models generated or fetched by the commands. */
  readonly models: string;
}

/** A variable's value; undefined if it is empty, which means unset for variables that name a folder. */
const named = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

/** The folder if nothing is configured. As the XDG specification demands, a relative XDG_DATA_HOME does not count. */
function usualFolder(environment: NodeJS.ProcessEnv): string {
  const data = named(environment.XDG_DATA_HOME);
  if (data !== undefined && path.isAbsolute(data)) return path.join(data, "linnix-pulumi");
  return path.join(named(environment.HOME) ?? os.userInfo().homedir, ".local", "share", "linnix-pulumi");
}

const isInside = (folder: string, parent: string): boolean => {
  const way = path.relative(parent, folder);
  return way === "" || (!way.startsWith("..") && !path.isAbsolute(way));
};

/** The path without symbolic links, also of a folder that does not exist yet: mounts and processes are found by it. */
export function realPath(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    const parent = path.dirname(folder);
    return parent === folder ? folder : path.join(realPath(parent), path.basename(folder));
  }
}

/** Rejects a folder in which this project's files would mix with others. */
function checkedFolder(value: string, folder: string): string {
  const refuse = (problem: string): never => {
    const remedy = "set LINNIX_HOME to an absolute path of a folder of its own, or unset it";
    throw new BadInput([{ key: "LINNIX_HOME", value, problem, remedy }]);
  };
  if (!path.isAbsolute(value)) refuse("must be an absolute path: a relative one is another folder in each place");
  const checkout = realPath(projectFolder);
  if (isInside(folder, checkout)) refuse(`is inside of the checkout ${checkout}, whose files are sources`);
  if (isInside(checkout, folder)) refuse(`contains the checkout ${checkout}`);
  return folder;
}

/**
 * Returns the paths; creates nothing. `environment` is for tests.
 *
 * @throws BadInput if LINNIX_HOME is relative, or inside or above the checkout.
 */
export function linnixHome(environment: NodeJS.ProcessEnv = process.env): Home {
  const configured = named(environment.LINNIX_HOME);
  const root =
    configured === undefined
      ? realPath(usualFolder(environment))
      : checkedFolder(configured, realPath(path.resolve(configured)));
  const under = (name: string) => path.join(root, name);
  return {
    root,
    tools: under("tools"),
    pulumi: under("pulumi"),
    state: under("state"),
    passphrase: under("passphrase"),
    engine: under("engine"),
    cache: under("cache"),
    logs: under("logs"),
    models: under("models"),
  };
}

/** Creates a folder of the home and its parents, with mode 0700. Returns its path. */
export function ensureFolder(folder: string): string {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export { projectFolder } from "../../components/project";
