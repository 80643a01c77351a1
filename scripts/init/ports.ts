import { portSetting, servicePorts } from "../../components/services/catalogue";
import { otherPort } from "../../components/settings/other-port";
import { defaults } from "../../components/settings/schema";
import { type RawSettings, validate } from "../../components/settings/validate";
import type { StackFile } from "../lib/stack-file";
import { hostKind, validationContext } from "../lib/stack-file";

const settings = servicePorts.map(({ port }) => portSetting(port));

/** The ports that local stacks use. */
const portsOf = (file: Pick<StackFile, "stack" | "stackIsGuess" | "raw">): number[] => {
  if (hostKind(file.raw) !== "local") return [];
  const { values } = validate(file.raw, validationContext(file));
  return settings.map((name) => values[name]);
};

/** The ports to set for one more local stack, so that it can run beside the others on this machine. */
export function ownPorts(others: readonly Pick<StackFile, "stack" | "stackIsGuess" | "raw">[]): RawSettings {
  const used = others.flatMap(portsOf);
  const taken = settings.filter((name) => used.includes(defaults[name]));
  return Object.fromEntries(taken.map((name) => [name, otherPort(defaults[name], used)]));
}
