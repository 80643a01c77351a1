import { checkRules } from "./alerts/rules";
import type { AlertRule } from "./alerts/rules-file";
import { checkCognitodConfig } from "./cognitod/rules";
import { checkEc2 } from "./ec2/rules";
import type { Fault } from "./fault";
import { checkLlm } from "./llm/rules";
import { type RawSettings, type ValidationContext, readValues } from "./read";
import { checkPrebuilt } from "./registry/rules";
import { resolveSettings } from "./resolve";
import { SettingsCheck, pathOf } from "./rules/check";
import { checkCommon } from "./rules/common";
import { checkLocal } from "./rules/local";
import type { Values } from "./schema";
import type { Settings } from "./types";

export { type RawSettings, type RawValue, type ValidationContext, isEncrypted } from "./read";

function checkHost(check: SettingsCheck): void {
  switch (check.values.host) {
    case "local":
      checkLocal(check);
      break;
    case "ec2":
      checkEc2(check);
      break;
  }
}

/** Validates configuration as a whole. Returns every fault, the values and the alert rules; the default takes the place of an invalid one. */
export function validate(
  raw: RawSettings,
  context: ValidationContext,
): { values: Values; faults: Fault[]; rules: readonly AlertRule[] | undefined } {
  const { values, faults } = readValues(raw, context);
  const check = new SettingsCheck(values, raw, context, faults);
  checkCommon(check);
  checkPrebuilt(check);
  checkLlm(check);
  checkCognitodConfig(check);
  const rules = checkRules(check);
  checkHost(check);
  return { values, faults: [...faults, ...check.faults], rules };
}

/**
 * Validates configuration and resolves it.
 *
 * @param cpus number of CPUs of the engine's machine: the default of `llamaThreads` on a local host.
 * @returns settings, or every fault.
 */
export function parseSettings(
  raw: RawSettings,
  context: ValidationContext,
  cpus: number,
): { settings: Settings } | { settings?: undefined; faults: Fault[] } {
  const { values, faults, rules } = validate(raw, context);
  if (faults.length > 0) return { faults };
  const path = pathOf(values.model);
  const modelFile = path === undefined ? undefined : context.fileFacts?.(path);
  return { settings: resolveSettings(values, context.stack, cpus, rules, modelFile) };
}
