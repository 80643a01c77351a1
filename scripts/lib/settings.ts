import * as os from "node:os";

import { resolveSettings } from "../../components/settings/resolve";
import type { Settings } from "../../components/settings/types";
import { parseSettings, validate } from "../../components/settings/validate";
import type { Session } from "../start/session";
import { BadInput } from "./errors";
import { type StackFile, readStackFile, validationContext } from "./stack-file";

type Source = Pick<StackFile, "stack" | "stackIsGuess" | "raw" | "fileOf">;

/**
 * The settings of a stack's file.
 *
 * @param cpus number of CPUs of the engine's machine; this machine's by default.
 * @throws BadInput with every fault.
 */
export function validSettings(file: Source, cpus = os.availableParallelism()): Settings {
  const parsed = parseSettings(file.raw, validationContext(file), cpus);
  if (parsed.settings === undefined) throw new BadInput(parsed.faults);
  return parsed.settings;
}

/**
 * The settings of a running local stack. They were valid when it was deployed. Faults since then, such as a checkout that
 * was deleted, do not matter to the running services and are ignored.
 */
export function deployedSettings({ configFile, stack }: Pick<Session, "configFile" | "stack">): Settings {
  const file = readStackFile(configFile);
  return resolveSettings(validate(file.raw, validationContext(file)).values, stack, os.availableParallelism());
}
