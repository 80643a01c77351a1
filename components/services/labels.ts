import type { Settings } from "../settings/types";

/** The label that names who made a container, a volume or a network. */
export const ownerLabel = "linnix.owner";

/** The labels of everything that a stack creates on an engine, in the form of `@pulumi/docker`. */
export function engineLabels({ stack, engineOwner }: Pick<Settings, "stack" | "engineOwner">) {
  return [
    ...(engineOwner === undefined ? [] : [{ label: ownerLabel, value: engineOwner }]),
    { label: "linnix.stack", value: stack },
  ];
}

/**
 * The option of everything with these labels: they are given when it is created. The provider would replace what has
 * others, and a replaced volume is an empty one.
 */
export const keepLabels = { ignoreChanges: ["labels"] };
