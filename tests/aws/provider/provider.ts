/**
 * The AWS provider plugin. The official one, where it can be downloaded. Elsewhere a replacement for tests, built from Go
 * modules (module/main.go says what it is). The replacement is never installed among the plugins of Pulumi: it is used only
 * by commands with its folder on PATH, so that no stack on AWS gets it by mistake.
 */
import * as fs from "node:fs";
import * as path from "node:path";

import { ensureFolder, type Home } from "../../../scripts/lib/home";
import { modes } from "../../../scripts/lib/modes";
import type { Step } from "../../../scripts/lib/progress";
import { reachable } from "../../../scripts/lib/reachable";
import { officialHost } from "../../../scripts/toolchain/archives";
import { type Builder, buildModule, buildPrograms, requireGo } from "../../../scripts/toolchain/build";
import { type GoProgram, moduleFolder, pluginVersions } from "../../../scripts/toolchain/programs";
import { ensureToolchain } from "../../../scripts/toolchain/toolchain";
import { reducedProvider } from "./sources";

/** An AWS provider. */
export interface AwsProvider {
  readonly kind: "official" | "replacement";
  /** The folder to put on PATH; undefined if the plugin is installed. */
  readonly folder?: string;
}

const program: GoProgram = {
  name: "pulumi-resource-aws",
  parent: "tests/aws/provider",
  folder: "module",
  version: pluginVersions.aws,
  package: ".",
  stamp: `main.version=${pluginVersions.aws}`,
};

/** Builds in a copy of the module's folder, with the reduced provider in it. */
const builder =
  (home: Home): Builder =>
  async (it, output, log) => {
    await requireGo();
    const folder = fs.mkdtempSync(path.join(ensureFolder(home.cache), "aws-provider-"));
    try {
      for (const name of fs.readdirSync(moduleFolder(it)))
        fs.copyFileSync(path.join(moduleFolder(it), name), path.join(folder, name));
      await reducedProvider(folder, path.join(folder, "provider"), log);
      await buildModule(it, folder, output, log);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  };

/** Builds the replacement once: 9 minutes of CPU time. Returns the program's path. */
export async function builtProvider(home: Home, step: Step): Promise<string> {
  const { paths } = await buildPrograms(home, step, builder(home), [program]);
  return paths[program.name] ?? "";
}

/** Makes an AWS provider available. */
export async function ensureAwsProvider(home: Home, step: Step): Promise<AwsProvider> {
  const mode = modes().tools;
  if (mode !== "build" && (await reachable(officialHost))) {
    await ensureToolchain({ home, mode, plugins: ["aws"], step });
    return { kind: "official" };
  }
  const folder = path.dirname(await builtProvider(home, step));
  step.note("the AWS provider is a replacement for tests, built from Go modules: not the official plugin");
  return { kind: "replacement", folder };
}
