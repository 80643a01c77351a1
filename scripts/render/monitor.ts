import { getMonitor } from "@pulumi/pulumi/runtime/settings";

/** The resource options that a registration carries and mocks do not receive. */
export interface ResourceOptions {
  /** The parent's name; empty for the stack's own children. */
  readonly parent: string;
  readonly ignoreChanges: readonly string[];
  readonly retainOnDelete: boolean;
  /** Whether the engine refuses, in the plan, to delete or replace it. */
  readonly protect: boolean;
  /** Id of an existing resource that becomes this one; empty if it is created. */
  readonly importId: string;
  readonly deleteBeforeReplace: boolean;
  /** A value whose change replaces the resource; empty if there is none. */
  readonly replacementTrigger: string;
  /** Names, in the order of the registration. */
  readonly dependsOn: readonly string[];
}

/** The parts of registrations that mocks do not receive. */
export interface Registrations {
  readonly options: (resource: { readonly type: string; readonly name: string }) => ResourceOptions | undefined;
  /** The outputs that components registered, by the components' names. */
  readonly registered: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

interface Register {
  getType(): string;
  getName(): string;
  getParent(): string;
  getIgnorechangesList(): string[];
  getRetainondelete(): boolean;
  getProtect(): boolean;
  getImportid(): string;
  getDeletebeforereplace(): boolean;
  getReplacementTrigger(): { toJavaScript(): string } | undefined;
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

/** Records the requests to the mocks, which must be set already: mocks themselves receive only inputs. */
export function recordRegistrations(): Registrations {
  const options = new Map<string, ResourceOptions>();
  const registered = new Map<string, Record<string, unknown>>();
  const monitor = getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    options.set(`${request.getType()} ${request.getName()}`, {
      parent: nameOf(request.getParent()),
      ignoreChanges: request.getIgnorechangesList(),
      retainOnDelete: request.getRetainondelete(),
      protect: request.getProtect(),
      importId: request.getImportid(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      replacementTrigger: request.getReplacementTrigger()?.toJavaScript() ?? "",
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
