/**
 * The EC2 instance types that the settings accept: general, compute and memory types without local disks, whose memory
 * follows from family and size. All of them support automatic recovery. The data is in data/instance-types.json.
 */
import data from "./data/instance-types.json";
import type { Architecture } from "./types";

/** The properties that the settings are validated against. */
export interface InstanceType {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly architecture: Architecture;
  /** Earns and spends CPU credits. */
  readonly burstable: boolean;
}

type Sizes = ReadonlyMap<string, InstanceType>;

/** Year and month of the list. */
export const instanceTypesDate: string = data.date;

/** A property of an object from JSON; the data must be complete. */
function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T {
  const found = Object.hasOwn(table, key) ? table[key] : undefined;
  if (found === undefined) throw new Error(`data/instance-types.json has no entry ${key}`);
  return found;
}

const architectureOf = (text: string): Architecture => lookUp({ amd64: "amd64", arm64: "arm64" } as const, text);

function burstableFamilies(): [string, Sizes][] {
  return Object.entries(data.burstable.families).map(([family, architecture]) => [
    family,
    new Map(
      Object.entries(data.burstable.sizes).map(([size, { vcpus, gibibytes }]) => [
        size,
        { vcpus, memoryMiB: gibibytes * 1024, architecture: architectureOf(architecture), burstable: true },
      ]),
    ),
  ]);
}

function familiesOf({ families, architecture, sizes }: (typeof data.generations)[number]): [string, Sizes][] {
  return families.map((family) => {
    const memoryPerVcpu = lookUp(data.gibibytesPerVcpu, family.charAt(0)) * 1024;
    const typeOf = (vcpus: number): InstanceType => ({
      vcpus,
      memoryMiB: vcpus * memoryPerVcpu,
      architecture: architectureOf(architecture),
      burstable: false,
    });
    return [family, new Map(sizes.map((size) => [size, typeOf(lookUp(data.vcpus, size))]))];
  });
}

const families: ReadonlyMap<string, Sizes> = new Map([...burstableFamilies(), ...data.generations.flatMap(familiesOf)]);

/** Looks up an instance type. For an unknown name, a sentence that lists what is allowed. */
export function findInstanceType(name: string): InstanceType | { readonly problem: string } {
  const [familyName = "", size = ""] = name.split(".");
  const family = families.get(familyName);
  if (family === undefined) {
    return { problem: `must be a size of one of the families ${[...families.keys()].join(", ")}` };
  }
  const found = name === `${familyName}.${size}` ? family.get(size) : undefined;
  return found ?? { problem: `is not a type of family ${familyName}; its sizes are ${[...family.keys()].join(", ")}` };
}

/**
 * The instance type of that name.
 *
 * @throws Error for an unknown one; `validate` reports it first.
 */
export function instanceType(name: string): InstanceType {
  const found = findInstanceType(name);
  if ("problem" in found) throw new Error(`instance type ${name} ${found.problem}`);
  return found;
}

/** The smallest type that both services fit on, as a suggestion. */
export const smallestSuggestion = (architecture: Architecture): string => data.suggested[architecture].smallest;

/**
 * The smallest general type of an architecture with at least that much memory; undefined if none has as much.
 *
 * @param burstable for a host without a language model, which is idle most of the time.
 */
export function smallestType(architecture: Architecture, memoryMiB: number, burstable = false): string | undefined {
  const { family: steady, smallest } = data.suggested[architecture];
  const family = burstable ? (smallest.split(".")[0] ?? steady) : steady;
  const sizes = [...(families.get(family) ?? [])];
  // One vCPU is too few for two services.
  const found = sizes.find(([, type]) => type.vcpus > 1 && type.memoryMiB >= memoryMiB);
  return found === undefined ? undefined : `${family}.${found[0]}`;
}
