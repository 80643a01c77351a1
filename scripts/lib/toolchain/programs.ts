import * as path from "node:path";

import { dependencies } from "../../../package.json";
import { projectFolder } from "../home";

/** The engine's version; the SDK in package.json works with it. */
export const cliVersion = "3.259.0";

/** The oldest CLI of the same major version that is taken from PATH: older ones lack what `npm start` asks of it. */
export const oldestCli = "3.200.0";

/** The plugins by their package; the versions are the npm packages'. */
export const pluginVersions = {
  docker: dependencies["@pulumi/docker"],
  "docker-build": dependencies["@pulumi/docker-build"],
} as const;

/** A resource plugin that the program needs. */
export type PluginName = keyof typeof pluginVersions;

/** One program that can be built from its Go module, under scripts/tools. */
export interface GoProgram {
  /** The program's file name. */
  readonly name: string;
  /** Its folder under scripts/tools: go.mod and go.sum, and a main package where upstream's can't be had. */
  readonly folder: string;
  /** What to build: a package path. */
  readonly package: string;
  readonly version: string;
  /** The linker variable that gets the version. */
  readonly stamp?: string;
  readonly tags?: string;
}

/** What `npm start` builds where the official downloads are out of reach; the order is the order of building. */
export const goPrograms: readonly GoProgram[] = [
  {
    name: "pulumi-language-nodejs",
    folder: "lang",
    // The last line of releases whose language host is part of a module that can be had; the engine works with it.
    version: "3.64.0",
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

/** Where a program's Go module stands. */
export function moduleFolder(program: GoProgram): string {
  return path.join(projectFolder, "scripts", "tools", program.folder);
}
