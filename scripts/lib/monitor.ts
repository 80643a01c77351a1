import { getMonitor } from "@pulumi/pulumi/runtime/settings";

/** What the engine is told of a resource beside what the mocks hear. */
export interface ResourceOptions {
  /** The parent's name; empty for the stack's own children. */
  readonly parent: string;
  readonly ignoreChanges: readonly string[];
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  /** Names, in the order in which they were given. */
  readonly dependsOn: readonly string[];
}

/** What passes by the mocks. */
export interface Overheard {
  readonly options: (resource: { readonly type: string; readonly name: string }) => ResourceOptions | undefined;
  /** What components registered as their outputs, by their names. */
  readonly registered: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

interface Register {
  getType(): string;
  getName(): string;
  getParent(): string;
  getIgnorechangesList(): string[];
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getDependenciesList(): string[];
}

interface RegisterOutputs {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> } | undefined;
}

interface Monitor {
  registerResource(request: Register, callback: unknown): Promise<void>;
  registerResourceOutputs(request: RegisterOutputs, callback: unknown): void;
}

const nameOf = (urn: string): string => urn.split("::").pop() ?? "";

/** Reads requests to the engine on their way to the mocks, which must be set already: mocks are told inputs only. */
export function overhear(): Overheard {
  const options = new Map<string, ResourceOptions>();
  const registered = new Map<string, Record<string, unknown>>();
  const monitor = getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    options.set(`${request.getType()} ${request.getName()}`, {
      parent: nameOf(request.getParent()),
      ignoreChanges: request.getIgnorechangesList(),
      retainOnDelete: request.getRetainondelete(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      dependsOn: request.getDependenciesList().map(nameOf),
    });
    return register(request, callback);
  };
  const outputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    registered.set(nameOf(request.getUrn()), request.getOutputs()?.toJavaScript() ?? {});
    outputs(request, callback);
  };
  return { registered, options: ({ type, name }) => options.get(`${type} ${name}`) };
}
