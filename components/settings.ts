import * as fs from "node:fs";
import * as os from "node:os";

import * as pulumi from "@pulumi/pulumi";

import { formatFault } from "./settings/fault";
import { keyOf, nameOf } from "./settings/schema";
import { type Settings, settle } from "./settings/settings";
import { type RawSettings, validate } from "./settings/validate";

export type { Model, Settings, Source } from "./settings/settings";

/** Looks at the file system; relative paths start from the project's folder. */
export function exists(path: string): "folder" | "file" | undefined {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : found.isDirectory() ? "folder" : "file";
}

/** The SDK knows which values came decrypted, but leaves the function out of its types. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/** What a stack is told: settings, and the secrets that were given; those stay secret. */
export interface Told {
  readonly settings: Settings;
  /** cognitod's; generated when none is given. */
  readonly apiToken: pulumi.Output<string> | undefined;
  /** Where cognitod sends its alerts. */
  readonly slackWebhook: pulumi.Output<string> | undefined;
  /** Of `settings.registry.user`; there whenever the registry is of kind `any`. */
  readonly registryPassword: pulumi.Output<string> | undefined;
}

/**
 * Reads the stack's configuration, once, as a whole.
 *
 * @returns the settings, frozen, and the secrets that were given.
 * @throws pulumi.RunError with every fault, before any resource is registered.
 */
export function loadSettings(): Told {
  const stack = pulumi.getStack();
  const raw: RawSettings = Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig()).flatMap(([key, value]) => {
      const name = nameOf(key);
      return name === undefined ? [] : [[name, value]];
    }),
  );
  const { values, faults } = validate(raw, { stack, exists, isSecret: (name) => isConfigSecret(keyOf(name)) });
  if (faults.length > 0) {
    const text = faults.map((fault) => `  ${formatFault(fault)}`).join("\n");
    throw new pulumi.RunError(`Stack ${stack} has ${faults.length} fault(s) in its settings:\n${text}`);
  }
  const config = new pulumi.Config("linnix");
  return {
    settings: settle(values, stack, os.availableParallelism()),
    apiToken: config.getSecret("apiToken"),
    slackWebhook: config.getSecret("slackWebhook"),
    registryPassword: config.getSecret("registryPassword"),
  };
}
