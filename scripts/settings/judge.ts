import { type Fault } from "../../components/settings/fault";
import { hostKinds } from "../../components/settings/definition";
import { nameOf } from "../../components/settings/schema";
import { validate } from "../../components/settings/validate";
import { type StackFile, validationContext } from "../lib/stack-file";

/** What is wrong in a settings file, and what cannot be known without the environment that it names. */
export interface Judgement {
  readonly faults: readonly Fault[];
  /** Faults of settings that the file does not set. An environment of Pulumi ESC may set them. */
  readonly unknown: readonly Fault[];
}

const same = (a: Fault, b: Fault) => a.key === b.key && a.problem === b.problem;

/** Validates a settings file; with an environment, only what does not depend on the values that the environment may add. */
export function judge(file: StackFile): Judgement {
  const { raw, hasEnvironment } = file;
  const context = validationContext(file);
  if (!hasEnvironment) return { faults: validate(raw, context).faults, unknown: [] };
  // Without a host in the file, only what is wrong on every kind of host is certain.
  const hosts = raw.host === undefined ? hostKinds : [undefined];
  const [first = [], ...others] = hosts.map(
    (host) => validate(host === undefined ? raw : { ...raw, host }, context).faults,
  );
  const certain = first.filter((fault) => others.every((more) => more.some((it) => same(it, fault))));
  const isSet = ({ key }: Fault) => (nameOf(key) ?? "") in raw;
  return { faults: certain.filter(isSet), unknown: certain.filter((fault) => !isSet(fault)) };
}
