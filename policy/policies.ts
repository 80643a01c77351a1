/** The rules as Pulumi's policies. */
import type { PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";

import { type Exception, dayOf, faultsOf, isExcepted } from "./exceptions";
import type { Looked, ResourceRule, Rule, StackRule } from "./rules/rule";
import { mandatory, protection } from "./rules/rules";

type Policy = ResourceValidationPolicy | StackValidationPolicy;

/** A policy's name: the rule's id in small letters, with hyphens. */
export const policyName = ({ id }: Pick<Rule, "id">): string => id.toLowerCase().replace(/[^a-z0-9]+/g, "-");

const looked = <T extends Pick<PolicyResource, "type" | "name" | "props" | "opts">>(it: T): Looked & { of: T } => ({
  type: it.type,
  name: it.name,
  inputs: it.props,
  options: { protect: it.opts.protect },
  of: it,
});

/**
 * The exceptions of the configuration. A policy can read its own configuration only, so the policy `exceptions`, which is the
 * first one in each request of the engine, reads them for the others.
 */
let granted: readonly Exception[] = [];

const excepted = (rule: Rule, { name }: Looked): boolean =>
  isExcepted(granted, policyName(rule), name, dayOf(new Date()));

const resourcePolicy = (rule: ResourceRule): ResourceValidationPolicy => ({
  name: policyName(rule),
  description: rule.says,
  validateResource: (args, report) => {
    const it = looked(args);
    if (rule.judges(it.type) && !rule.holds(it) && !excepted(rule, it)) report(rule.detail?.(it) ?? "");
  },
});

const stackPolicy = (rule: StackRule): StackValidationPolicy => ({
  name: policyName(rule),
  description: rule.says,
  validateStack: ({ resources }, report) => {
    const found = rule.breaches(resources.map(looked)).filter((it) => !excepted(rule, it));
    for (const { of } of found) report("", of.urn);
  },
});

const policyOf = (rule: Rule): Policy => ("breaches" in rule ? stackPolicy(rule) : resourcePolicy(rule));

/** Reads the exceptions, and finds those that are over. */
const exceptions: ResourceValidationPolicy & StackValidationPolicy = {
  name: "exceptions",
  description: "an exception has a reason, and ends",
  configSchema: {
    properties: {
      granted: {
        type: "array",
        items: {
          type: "object",
          required: ["rule", "resource", "reason", "until"],
          additionalProperties: false,
          properties: {
            rule: { enum: [...mandatory, ...protection].map(policyName) },
            resource: { type: "string", minLength: 1 },
            reason: { type: "string", pattern: "\\S" },
            until: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$", format: "date" },
          },
        },
      },
    },
  },
  validateResource: (args) => {
    granted = args.getConfig<{ granted?: readonly Exception[] }>().granted ?? [];
  },
  validateStack: (args, report) => {
    granted = args.getConfig<{ granted?: readonly Exception[] }>().granted ?? [];
    for (const fault of faultsOf(granted, dayOf(new Date()))) report(fault);
  },
};

/** All policies: mandatory, except for those of protection. Those on single resources come first: they judge more in a preview. */
export function policies(): Policy[] {
  const all: Policy[] = [
    ...mandatory.map(policyOf),
    ...protection.map((rule): Policy => ({ ...policyOf(rule), enforcementLevel: "advisory" })),
  ];
  return [exceptions, ...all.filter((it) => "validateResource" in it), ...all.filter((it) => "validateStack" in it)];
}
