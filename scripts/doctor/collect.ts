/** What a bundle has beside the report, each from a list of fields that are known to hold no secret. */
import { engineParts } from "../../components/services/catalogue";
import { engineName } from "../../components/services/service";
import type { Definition } from "../../components/settings/definition";
import { keyOf, schema } from "../../components/settings/schema";
import { type RawSettings, isEncrypted } from "../../components/settings/validate";
import { tryRun } from "../lib/run";
import { masked } from "./masking";

const definitions: Readonly<Record<string, Definition>> = schema;

const definitionOf = (name: string): Definition | undefined =>
  Object.hasOwn(definitions, name) ? definitions[name] : undefined;

/** Whether a setting's value may be shown: that of a key that is none of this project's may be a misspelt secret's. */
function isOpen(name: string, value: RawSettings[string] | undefined): boolean {
  const definition = definitionOf(name);
  return definition !== undefined && definition.secret !== true && !isEncrypted(value);
}

/** The settings, without the values that may not be shown. */
export function shownSettings(raw: RawSettings): Readonly<Record<string, unknown>> {
  const shown = Object.entries(raw).map(([name, value]) => [keyOf(name), isOpen(name, value) ? value : masked]);
  return Object.fromEntries(shown) as Readonly<Record<string, unknown>>;
}

/** Characters from which on the value of an unknown key is taken for a secret, not for an ordinary word. */
const shortestUnknown = 8;

/** The values that {@link shownSettings} leaves out, to be masked wherever they are. */
export function hiddenValues(raw: RawSettings): string[] {
  return Object.entries(raw).flatMap(([name, value]) => {
    if (typeof value !== "string" || isOpen(name, value)) return [];
    return definitionOf(name) !== undefined || value.length >= shortestUnknown ? [value] : [];
  });
}

/** The parts of `pulumi stack export` that are used here. */
interface Exported {
  readonly deployment?: {
    readonly resources?: readonly { readonly type: string; readonly urn: string; readonly parent?: string }[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: { readonly urn: string } }[];
  };
}

const nameIn = (urn: string): string => urn.split("::").pop() ?? urn;

/** The resources of a state by type and name; inputs and outputs are left out. */
export function resourceList(exported: unknown): object {
  const { resources = [], pending_operations: pending = [] } = (exported as Exported).deployment ?? {};
  return {
    resources: resources.map(({ type, urn, parent }) => ({
      type,
      name: nameIn(urn),
      ...(parent === undefined ? {} : { parent: nameIn(parent) }),
    })),
    pending: pending.map(({ type, resource }) => ({ operation: type, name: nameIn(resource.urn) })),
  };
}

type Inspected = Readonly<Record<string, unknown>> & {
  readonly State?: Readonly<Record<string, unknown>>;
  readonly HostConfig?: Readonly<Record<string, unknown>>;
  readonly Config?: Readonly<Record<string, unknown>> & { readonly Env?: readonly string[] | null };
  readonly Mounts?: readonly Readonly<Record<string, unknown>>[];
};

const pick = (from: Readonly<Record<string, unknown>> | undefined, ...names: readonly string[]): object =>
  Object.fromEntries(names.flatMap((name) => (from?.[name] === undefined ? [] : [[name, from[name]]])));

/** A container's summary: of its environment the names only, and no command line. */
function containerSummary(container: Inspected): object {
  return {
    ...pick(container, "Name", "Image", "Created", "RestartCount"),
    state: pick(container.State, "Status", "ExitCode", "OOMKilled", "Error", "StartedAt", "FinishedAt"),
    host: pick(
      container.HostConfig,
      ...["CapAdd", "CapDrop", "Memory", "MemorySwap", "NetworkMode", "PidMode", "CgroupnsMode"],
      ...["Privileged", "ReadonlyRootfs", "RestartPolicy", "SecurityOpt"],
    ),
    user: container.Config?.User,
    variables: (container.Config?.Env ?? []).map((variable) => variable.split("=")[0]),
    mounts: (container.Mounts ?? []).map((mount) => pick(mount, "Type", "Name", "Destination", "RW")),
  };
}

/** The containers of a stack on this machine. */
export async function containerSummaries(stack: string, environment: NodeJS.ProcessEnv): Promise<object[]> {
  const names = engineParts.map((part) => engineName(stack, part));
  // Of names without a container, docker complains on standard error only.
  const { stdout } = await tryRun("docker", ["container", "inspect", ...names], { env: environment });
  return (JSON.parse(stdout.trim() === "" ? "[]" : stdout) as Inspected[]).map(containerSummary);
}
