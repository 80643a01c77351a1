import type { SettingsCheck } from "../rules/check";
import { type AlertRule, parseRules } from "./rules-file";

/** The most bytes that the rules may have in the desired state of an EC2 host, which a parameter of 8 KiB stores. */
const ec2Bytes = 1500;

/** Checks the file of `linnix:rules`. Returns its rules if they are valid, undefined if there is no file. */
export function checkRules(check: SettingsCheck): readonly AlertRule[] | undefined {
  const { rules: file, host } = check.values;
  if (file === undefined || !check.isValid("rules")) return undefined;
  const text = check.context.exists(file) === "file" ? check.context.readText?.(file) : undefined;
  if (text === undefined) {
    check.fault("rules", "is not a readable file on this machine", check.set("rules"));
    return undefined;
  }
  const found = parseRules(text);
  if ("problems" in found) {
    for (const { place, problem } of found.problems) check.fault("rules", problem, `edit ${place} in ${file}`);
    return undefined;
  }
  const bytes = Buffer.byteLength(JSON.stringify(found.rules));
  if (host === "ec2" && bytes > ec2Bytes) {
    const problem = `has ${bytes} bytes without comments and spaces, and an EC2 host's desired state has room for ${ec2Bytes}`;
    check.fault("rules", problem, "use fewer rules or shorter names");
  }
  return found.rules;
}
