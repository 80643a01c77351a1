import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Everything this project keeps outside its checkout, in one folder, so that it is easy to find, cache and remove. */
export interface Home {
  /** `$LINNIX_HOME`, by default `$XDG_DATA_HOME/linnix-pulumi` (`~/.local/share/linnix-pulumi`). */
  readonly root: string;
  /** Programs of the tool chain, one folder a version. */
  readonly tools: string;
  /** `PULUMI_HOME`: plugins, credentials of the file backend. */
  readonly pulumi: string;
  /** The file backend that holds the local stacks' state. */
  readonly state: string;
  /** The generated passphrase of that backend, mode 0600. */
  readonly passphrase: string;
  /** The embedded Docker engine: root file system, data, socket. */
  readonly engine: string;
  /** What can be made again: downloads, compilers' caches. */
  readonly cache: string;
  /** One log file a slow step. */
  readonly logs: string;
  /** Models made or fetched by the commands themselves. */
  readonly models: string;
}

/** The paths only; nothing is created. `environment` is for tests. */
export function linnixHome(environment: NodeJS.ProcessEnv = process.env): Home {
  const data = environment.XDG_DATA_HOME ?? path.join(environment.HOME ?? os.homedir(), ".local", "share");
  const root = path.resolve(environment.LINNIX_HOME ?? path.join(data, "linnix-pulumi"));
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

/** Creates a folder of the home (and its parents), readable by its owner only. */
export function ensureFolder(folder: string): string {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The project's own folder: where Pulumi.yaml stands. */
export const projectFolder = path.resolve(__dirname, "..", "..");
