/** What lands on the host, read from the folder host/ of this project. */
import * as fs from "node:fs";
import * as path from "node:path";

import { systems } from "../systems";
import { cloudwatchAgent } from "./cloudwatch-agent";
import { hostEnvironment, hostJson } from "./environment";
import type { UserDataOptions } from "./user-data";
import { tightlyIndented, withInterpreter, withoutComments } from "./text";

/** A file as it lands on the host, owned by root. */
export interface HostFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string;
  /** `0o755` or `0o644`. */
  readonly mode: number;
}

const hostFolder = path.resolve(__dirname, "..", "..", "..", "..", "host");
const libraryFolder = "/usr/local/lib/linnix";

/** The scripts by their names under host/ (with `.sh`) and on the host (without); the package manager's is `packages`. */
export const scripts = ["common", "first-boot", "each-boot", "data-volume", "agents", "ship-journal"] as const;

const read = (...parts: string[]): string => fs.readFileSync(path.join(hostFolder, ...parts), "utf8");

const file = (at: string, content: string): HostFile => ({ path: at, content, mode: 0o644 });

/** The files under a folder of host/files, which lie there as they will lie on the host. */
function tree(folder: string): HostFile[] {
  const root = path.join(hostFolder, "files", folder);
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort()
    .map((name) => file(`/${name}`, withoutComments(read("files", folder, name))));
}

const script = (file: string, name: string): HostFile => ({
  path: `${libraryFolder}/${name}`,
  content: withoutComments(read(file)),
  mode: 0o755,
});

/** A volume that was enlarged tells the kernel; the file system on it then grows too. */
const growRule = (volume: string): string =>
  `ACTION=="change", SUBSYSTEM=="block", ENV{RESIZE}=="1", ATTRS{serial}=="${volume.replace(/-/g, "")}", ` +
  `RUN+="/usr/bin/systemctl --no-block reload linnix-host.service"\n`;

/** Everything that user data brings: who the host is, then what it does. */
export function hostFiles(options: UserDataOptions): HostFile[] {
  const system = systems[options.system];
  return [
    file("/etc/linnix/host.json", hostJson(options)),
    file("/etc/linnix/host.env", hostEnvironment(options)),
    file("/etc/linnix/cloudwatch-agent.json", cloudwatchAgent(options)),
    file("/etc/udev/rules.d/90-linnix.rules", growRule(options.dataVolume)),
    ...tree("all"),
    ...tree(system.packageManager),
    ...scripts.map((name) => script(`${name}.sh`, name)),
    script(`${system.packageManager}.sh`, "packages"),
    {
      path: "/usr/local/sbin/linnix-release",
      content: withInterpreter(tightlyIndented(withoutComments(read("linnix-release"))), system.python),
      mode: 0o755,
    },
  ];
}
