import type { Fault } from "../lib/errors";
import { type EngineObject, objectName, ownership } from "../lib/purge";
import type { Session } from "./session";

/**
 * Objects on the engine that have the stack's names and are not this home's: an update would fail at them, or use a volume
 * with somebody else's data.
 *
 * @param known objects in the stack's state.
 * @param startedBefore whether this account started the stack before. Then an object without a label is its own: earlier
 *   versions gave none.
 */
export function foreignObjects(
  session: Session,
  objects: readonly EngineObject[],
  known: readonly string[],
  startedBefore: boolean,
): Fault[] {
  const { others, unknown } = ownership(objects, session.owner, known);
  const foreign = [...others, ...(startedBefore || session.engine.kind === "embedded" ? [] : unknown)];
  if (foreign.length === 0) return [];
  const commands = foreign.map(({ kind, name }) => `docker ${kind} rm ${name}`).join("; ");
  return [
    {
      key: "stack",
      value: session.stack,
      problem: `has names that others use on the engine ${session.engine.host}: ${foreign.map(objectName).join(", ")}`,
      remedy:
        "start a stack with another name and other ports: npm start -- --stack NAME --config FILE. " +
        `If they are yours and no longer needed: ${commands}`,
    },
  ];
}
