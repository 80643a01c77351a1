import * as path from "node:path";

import pins from "../../pins.json";
import { projectFolder } from "../lib/home";

/** The CLI's version, which works with the SDK in package.json. */
export const cliVersion = pins.pulumi.cli.version;

/** The oldest accepted CLI on PATH, of the same major version: the program uses `replacementTrigger`, which older ones ignore. */
export const oldestCli = "3.245.0";

/** A resource plugin. */
export type PluginName = "docker" | "docker-build" | "aws";

/** The plugins that a local stack needs. */
export const localPlugins: readonly PluginName[] = ["docker", "docker-build"];

/** The plugins' versions, equal to those of their npm packages. */
export const pluginVersions: Readonly<Record<PluginName, string>> = {
  docker: pins.pulumi.plugins.docker.version,
  "docker-build": pins.pulumi.plugins["docker-build"].version,
  aws: pins.pulumi.plugins.aws.version,
};

/** One program that can be built from its Go module. */
export interface GoProgram {
  /** The program's file name. */
  readonly name: string;
  /** The folder of its module's folder, relative to the project's. Default: scripts/toolchain/modules. */
  readonly parent?: string;
  /** Its module's folder: go.mod and go.sum, and a main package if upstream's is unavailable. */
  readonly folder: string;
  /** The path of the package to build. */
  readonly package: string;
  readonly version: string;
  /** The linker variable that gets the version. */
  readonly stamp?: string;
  readonly tags?: string;
}

/** The programs that `npm start` builds, in this order, if the official downloads are not reachable. */
export const goPrograms: readonly GoProgram[] = [
  {
    name: "pulumi-language-nodejs",
    folder: "lang",
    // The last release whose language host is part of a published module; the engine works with it.
    version: pins.pulumi.languageHost,
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  },
  {
    name: "pulumi",
    folder: "cli",
    version: cliVersion,
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    stamp: `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${cliVersion}`,
  },
  {
    name: "pulumi-resource-docker",
    folder: "docker",
    version: pluginVersions.docker,
    package: ".",
    stamp: `main.version=${pluginVersions.docker}`,
    tags: "no_compose",
  },
  {
    name: "pulumi-resource-docker-build",
    folder: "docker-build",
    version: pluginVersions["docker-build"],
    package: "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build",
    stamp: `github.com/pulumi/pulumi-docker-build/provider.Version=${pluginVersions["docker-build"]}`,
  },
];

/** The folder of a program's Go module. */
export function moduleFolder(program: GoProgram): string {
  return path.join(projectFolder, program.parent ?? "scripts/toolchain/modules", program.folder);
}
