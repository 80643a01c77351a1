import type { EngineEvent, OpMap, StepEventMetadata } from "@pulumi/pulumi/automation";

/** What an event of the CLI's event log means for someone who watches the update. */
export type UpdateEvent =
  /** Work on a resource begins. `operation` is the engine's: create, refresh, delete-replaced and so on. */
  | { readonly kind: "begin"; readonly urn: string; readonly operation: string }
  /** Work on a resource ended well. */
  | { readonly kind: "end"; readonly urn: string }
  /** An operation on a resource failed; its message came before, as an error. */
  | { readonly kind: "failed"; readonly urn: string }
  /** An error's message; without a resource when it is the program's or the engine's. */
  | { readonly kind: "error"; readonly urn: string | undefined; readonly message: string }
  /** A warning or another message for people. */
  | { readonly kind: "message"; readonly message: string }
  /** How many resources were created, updated and so on, by operation. */
  | { readonly kind: "summary"; readonly changes: OpMap };

/** Errors that repeat that the operation failed, after the errors that give the reason. */
const repetition = /^(update|destroy|refresh|deployment) (failed|canceled)$/;

/** Whether people follow this resource: components, providers and the stack itself only group others. */
function isFollowed({ new: after, old: before, type, op }: StepEventMetadata): boolean {
  // The engine reports a replacement a third time, beside its creation and its deletion.
  if (op === "same" || op === "replace") return false;
  return (after ?? before)?.custom === true && !type.startsWith("pulumi:");
}

function diagnostic({ urn, severity, message, prefix, ephemeral }: EngineEvent["diagnosticEvent"] & object) {
  const text = message.trim();
  switch (severity) {
    case "error":
      return repetition.test(text) ? undefined : ({ kind: "error", urn, message: text } as const);
    case "warning":
    case "info":
    case "info#err":
      return ephemeral === true ? undefined : ({ kind: "message", message: `${prefix ?? ""}${text}` } as const);
    default:
      // The types of the SDK leave out "debug", which the CLI logs.
      return undefined;
  }
}

/** Reads a line of the file that `pulumi --event-log` writes; undefined if it is nothing to show, or cut off. */
export function readEvent(line: string): UpdateEvent | undefined {
  let event: EngineEvent;
  try {
    event = JSON.parse(line) as EngineEvent;
  } catch {
    return undefined;
  }
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, summaryEvent } = event;
  if (diagnosticEvent !== undefined) return diagnostic(diagnosticEvent);
  if (summaryEvent !== undefined) return { kind: "summary", changes: summaryEvent.resourceChanges };
  const metadata = (resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent)?.metadata;
  if (metadata === undefined || !isFollowed(metadata)) return undefined;
  const { urn, op: operation } = metadata;
  if (resourcePreEvent !== undefined) return { kind: "begin", urn, operation };
  return { kind: resOpFailedEvent === undefined ? "end" : "failed", urn };
}
