import * as fs from "node:fs";
import * as os from "node:os";

import * as pulumi from "@pulumi/pulumi";

import { foreignConfigFile } from "./config-file";
import { formatFault } from "./fault";
import { fileFacts } from "./model/read-file";
import type { SecretName } from "../services/secrets";
import { keyOf, nameOf, secretSettings } from "./schema";
import type { Settings } from "./types";
import { type RawSettings, parseSettings } from "./validate";

/** Whether a path exists, and as what. Relative paths start at the working directory, the project's folder. */
export function exists(path: string): "folder" | "file" | undefined {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : found.isDirectory() ? "folder" : "file";
}

/** A file's text; undefined if it cannot be read. Relative paths start at the working directory, as for {@link exists}. */
export function readText(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** This machine's architecture by its OCI name. */
export const machineArchitecture = ({ x64: "amd64", arm64: "arm64" } as Record<string, string>)[process.arch];

/** The SDK's test for values that were decrypted; its types leave it out. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/** The stack's configuration: typed settings, and the secrets as secret outputs. */
export interface Configuration {
  readonly settings: Settings;
  /**
   * The secrets that are set. Without a token of cognitod's API, one is generated. The registry's password is always set if
   * the registry's kind is `external`.
   */
  readonly secrets: Readonly<Partial<Record<SecretName, pulumi.Output<string>>>>;
}

/**
 * Reads the stack's configuration as a whole. The program calls it once, before it registers any resource.
 *
 * @returns the settings, frozen, and the secrets that are set.
 * @throws pulumi.RunError with every fault.
 */
export function loadSettings(): Configuration {
  const stack = pulumi.getStack();
  const raw: RawSettings = Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig()).flatMap(([key, value]) => {
      const name = nameOf(key);
      return name === undefined ? [] : [[name, value]];
    }),
  );
  const context = {
    stack,
    exists,
    readText,
    fileFacts,
    architecture: machineArchitecture,
    isSecret: (name: string) => isConfigSecret(keyOf(name)),
  };
  const foreign = foreignConfigFile(stack, process.env.PULUMI_OPTION_CONFIG_FILE);
  const parsed = foreign.length > 0 ? { faults: foreign } : parseSettings(raw, context, os.availableParallelism());
  if ("faults" in parsed) {
    const text = parsed.faults.map((fault) => `  ${formatFault(fault)}`).join("\n");
    throw new pulumi.RunError(`Stack ${stack} has invalid settings (${parsed.faults.length}):\n${text}`);
  }
  const config = new pulumi.Config("linnix");
  const values = Object.entries(secretSettings).map(([secret, name]) => [secret, config.getSecret(name)] as const);
  return {
    settings: parsed.settings,
    secrets: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
  };
}
