import { type EngineObject, objectName } from "./purge";
import { pulumi } from "./pulumi";
import type { Session } from "../start/session";

/** The part of `pulumi stack export` that is used here. */
interface Exported {
  readonly deployment: {
    readonly resources?: readonly { readonly type: string; readonly inputs?: { readonly name?: unknown } }[];
  };
}

const kinds: Readonly<Record<string, EngineObject["kind"]>> = {
  "docker:index/container:Container": "container",
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
};

/** The objects on the engine that an exported state knows. */
export function objectsIn({ deployment }: Exported): string[] {
  return (deployment.resources ?? []).flatMap(({ type, inputs }) => {
    const kind = kinds[type];
    return kind === undefined || typeof inputs?.name !== "string" ? [] : [objectName({ kind, name: inputs.name })];
  });
}

/** The objects on the engine that the stack's state knows: they are this stack's, with or without a label. */
export async function stateObjects(session: Session): Promise<string[]> {
  return objectsIn(JSON.parse(await pulumi(session, "stack", "export")) as Exported);
}
