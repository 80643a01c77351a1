/** The files of the host bundle. Reads the folder host/ of this project. */
import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../../../project";
import { systems } from "../machine/systems";
import { cloudwatchAgent } from "./cloudwatch-agent";
import { hostEnvironment } from "./environment";
import type { BundleFacts } from "./facts";
import { proxyFile } from "./proxy";

/** A file of the bundle. */
export interface BundleFile {
  /** Path in the bundle. What is below `files/` is installed below `/` on the host. */
  readonly name: string;
  readonly content: string;
}

const hostFolder = path.join(projectFolder, "host");

/** Names of the scripts under host/ (with `.sh`) and in the bundle (without). The package manager's script is `packages`. */
const scripts = [
  "common",
  "set-up",
  "each-boot",
  "each-minute",
  "metadata-guard",
  "growth",
  "data-volume",
  "agents",
  "ssm-agent",
  "ship-journal",
] as const;

const read = (...parts: string[]): string => fs.readFileSync(path.join(hostFolder, ...parts), "utf8");

/** Paths of the files below a folder of host/, relative to that folder. */
function below(folder: string): string[] {
  const root = path.join(hostFolder, folder);
  if (!fs.existsSync(root)) return [];
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"));
}

/** A folder of host/files, which has the same tree as the host. */
const installed = (folder: string): BundleFile[] =>
  below(`files/${folder}`).map((name) => ({ name: `files/${name}`, content: read("files", folder, name) }));

/** `linnix-release` and its Python package, without what Python and editors leave beside the modules. */
const program = (): BundleFile[] => [
  { name: "linnix-release", content: read("linnix-release") },
  ...below("linnix_release")
    .filter((name) => name.endsWith(".py"))
    .map((name) => ({ name: `linnix_release/${name}`, content: read("linnix_release", name) })),
];

/** Every file of the bundle. */
export function bundleFiles(facts: BundleFacts): BundleFile[] {
  const { packageManager } = systems[facts.system];
  return [
    ...program(),
    ...scripts.map((name) => ({ name, content: read(`${name}.sh`) })),
    { name: "packages", content: read(`${packageManager}.sh`) },
    { name: "host.env", content: hostEnvironment(facts) },
    ...installed("all"),
    ...installed(packageManager),
    { name: "files/etc/linnix/cloudwatch-agent.json", content: cloudwatchAgent(facts) },
    { name: "files/etc/linnix/proxy.env", content: proxyFile(facts.proxy) },
  ];
}
