/** An operation on a resource, in the words of the person who runs the stack. */
export interface Words {
  /** "image cognitod" */
  readonly subject: string;
  /** While it is in progress: "building image cognitod". */
  readonly doing: string;
  /** Its result: "built image cognitod". */
  readonly done: string;
}

const verbs: Readonly<Record<string, readonly [doing: string, done: string]>> = {
  create: ["creating", "created"],
  update: ["updating", "updated"],
  delete: ["removing", "removed"],
  "create-replacement": ["replacing", "replaced"],
  "delete-replaced": ["removing the old", "removed the old"],
  refresh: ["checking", "checked"],
  read: ["reading", "read"],
};

/** Operations after which the resource is as the program wants it. */
const makes: readonly string[] = ["create", "update", "create-replacement"];

/** The program's resources whose making is work of its own kind; by type and name, or by type alone. */
const own: Readonly<Record<string, Words>> = {
  "HealthGate health": {
    subject: "health check",
    doing: "waiting for both services to be healthy",
    done: "both services are healthy",
  },
  "EngineCheck engine": { subject: "engine", doing: "checking the engine", done: "checked the engine" },
  "VolumeOwner owner": {
    subject: "cognitod's files",
    doing: "giving cognitod's files to its user",
    done: "cognitod's files belong to its user",
  },
  "ContainerRun model": { subject: "model", doing: "fetching the model", done: "fetched the model" },
  "ContainerRun preflight": { subject: "preflight", doing: "running the preflight", done: "ran the preflight" },
};

/** Type and name of a resource: the end of its URN. */
export function parseUrn(urn: string): { readonly type: string; readonly name: string } {
  const [, , types = "", ...name] = urn.replace(/^urn:pulumi:/, "").split("::");
  return { type: types.split("$").pop() ?? "", name: name.join("::") };
}

/** `Container` and `llama` are "container llama", `Volume` and `log-volume` "volume log": the kind is not repeated. */
function subjectOf(kind: string, name: string): string {
  const noun = kind.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  const repeated = new RegExp(`(^|-)${noun.split(" ").pop() ?? ""}$`);
  return `${noun} ${name.replace(repeated, "")}`.trim();
}

/** How the engine's operation (create, refresh, …) on a resource is called. */
export function words(operation: string, urn: string): Words {
  const { type, name } = parseUrn(urn);
  const kind = type.split(":").pop() ?? type;
  const short = name.replace(/^host-/, "").replace(/-(build|run)$/, "");
  const special = own[`${kind} ${short}`];
  if (special !== undefined && makes.includes(operation)) return special;
  const subject = special?.subject ?? subjectOf(kind, short);
  const built = kind === "Image" && makes.includes(operation);
  const [doing, done] = built ? ["building", "built"] : (verbs[operation] ?? ["working on", "finished"]);
  return { subject, doing: `${doing} ${subject}`, done: `${done} ${subject}` };
}
