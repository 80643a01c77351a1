import { ownerLabel } from "../../components/services/labels";
import { engineParts, serviceNames } from "../../components/services/catalogue";
import { engineName } from "../../components/services/service";
import { sessionEnvironment } from "./pulumi";
import { run, tryRun } from "./run";
import type { Session } from "../start/session";

/** A kind of object on an engine, in the order in which they can be removed. */
type ObjectKind = "container" | "network" | "volume";

const objectKinds: readonly ObjectKind[] = ["container", "network", "volume"];

/** An object on an engine with one of a stack's names. */
export interface EngineObject {
  readonly kind: ObjectKind;
  readonly name: string;
  /** The value of the label with its owner; undefined if it has none. */
  readonly owner: string | undefined;
}

/** Whose objects are: those with another owner's label are somebody else's, those without a label may be. */
interface Ownership {
  readonly own: readonly EngineObject[];
  readonly others: readonly EngineObject[];
  readonly unknown: readonly EngineObject[];
}

/** The lines that a docker command prints. */
async function list(environment: NodeJS.ProcessEnv, args: readonly string[]): Promise<string[]> {
  const { stdout } = await tryRun("docker", args, { env: environment });
  return stdout.split("\n").filter((line) => line !== "");
}

/** Whether a resource on the engine belongs to this stack. Compares whole names, since `a` and `a-b` may both be stacks. */
export function belongsTo(stack: string, name: string): boolean {
  return engineParts.some((part) => name === engineName(stack, part));
}

/** Everything on the engine that has one of the stack's names. */
export async function engineObjects(session: Session): Promise<EngineObject[]> {
  const environment = sessionEnvironment(session);
  const found: EngineObject[] = [];
  for (const kind of objectKinds) {
    const nameField = kind === "container" ? "{{.Names}}" : "{{.Name}}";
    const all = kind === "container" ? ["--all"] : [];
    const format = `${nameField}\t{{.Label "${ownerLabel}"}}`;
    for (const line of await list(environment, [kind, "ls", ...all, "--format", format])) {
      const [name = "", owner = ""] = line.split("\t");
      if (belongsTo(session.stack, name)) found.push({ kind, name, owner: owner === "" ? undefined : owner });
    }
  }
  return found;
}

/** An object for a message, and for {@link Session.unlabelled}. */
export const objectName = ({ kind, name }: Pick<EngineObject, "kind" | "name">): string => `${kind} ${name}`;

/**
 * @param known objects that an earlier version made without a label, because they are in this stack's state; by
 *   {@link objectName}.
 */
export function ownership(
  objects: readonly EngineObject[],
  owner: string | undefined,
  known: readonly string[],
): Ownership {
  const isOwn = (it: EngineObject) => (it.owner === undefined ? known.includes(objectName(it)) : it.owner === owner);
  return {
    own: objects.filter(isOwn),
    others: objects.filter((it) => it.owner !== undefined && !isOwn(it)),
    unknown: objects.filter((it) => it.owner === undefined && !isOwn(it)),
  };
}

/**
 * Removes what a destroyed stack left on the engine: its volumes and images, which destroy keeps on purpose; containers and
 * networks of an interrupted update; and, if no other stack needs them (`last`), the base images built for it. Removes
 * nothing that is not this home's own.
 *
 * @returns what has the stack's names and stays.
 */
export async function purgeStack(
  session: Session,
  last: boolean,
  owner: string | undefined,
  known: readonly string[],
): Promise<readonly EngineObject[]> {
  const environment = sessionEnvironment(session);
  const { own, others, unknown } = ownership(await engineObjects(session), owner, known);
  for (const kind of objectKinds) {
    const names = own.filter((it) => it.kind === kind).map(({ name }) => name);
    const force = kind === "container" ? ["--force", "--volumes"] : [];
    if (names.length > 0) await run("docker", [kind, "rm", ...force, ...names], { env: environment });
  }
  // Somebody else uses these names on this engine, and so the tags that go with them.
  if (others.length > 0) return [...others, ...unknown];
  const tags = await list(environment, ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
  const built = serviceNames.map((name) => `linnix/${name}:${session.stack}`);
  const images = tags.filter((tag) => (last && tag.startsWith("linnix-archive/")) || built.includes(tag));
  // Fails for an image that another stack's container uses; that one stays.
  for (const tag of images) await tryRun("docker", ["image", "rm", tag], { env: environment });
  return unknown;
}
