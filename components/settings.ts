import * as fs from "node:fs";
import * as os from "node:os";

import * as pulumi from "@pulumi/pulumi";

import { formatFault } from "./settings/fault";
import { type Settings, settle } from "./settings/settings";
import { type RawSettings, validate } from "./settings/validate";

export type { Model, Settings, Source } from "./settings/settings";

const prefix = "linnix:";

/** Looks at the file system; relative paths start from the project's folder. */
export function exists(path: string): "folder" | "file" | undefined {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : found.isDirectory() ? "folder" : "file";
}

/** The SDK knows which values came decrypted, but leaves the function out of its types. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/**
 * Reads the stack's configuration, once, as a whole.
 *
 * @returns the settings, frozen, and the API token when one was given (it stays secret).
 * @throws pulumi.RunError with every fault, before any resource is registered.
 */
export function loadSettings(): { settings: Settings; apiToken: pulumi.Output<string> | undefined } {
  const stack = pulumi.getStack();
  const raw: RawSettings = Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  const { values, faults } = validate(raw, {
    stack,
    exists,
    isSecret: (name) => isConfigSecret(`${prefix}${name}`),
  });
  if (faults.length > 0) {
    const text = faults.map((fault) => `  ${formatFault(fault)}`).join("\n");
    throw new pulumi.RunError(`Stack ${stack} has ${faults.length} fault(s) in its settings:\n${text}`);
  }
  return {
    settings: settle(values, stack, os.availableParallelism()),
    apiToken: new pulumi.Config("linnix").getSecret("apiToken"),
  };
}
