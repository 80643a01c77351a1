/**
 * EC2's instance types, as far as this project judges them: general, compute and memory types without disks of their
 * own, whose memory follows from family and size. All of them recover on a failed system check. From AWS's list of
 * instance types, November 2026; metal sizes are left out.
 */
import type { Architecture } from "./ec2";

/** What the settings are held against. */
export interface InstanceType {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly architecture: Architecture;
  /** Earns and spends CPU credits. */
  readonly burstable: boolean;
}

interface Family {
  readonly architecture: Architecture;
  readonly burstable: boolean;
  /** vCPUs and GiB by size. */
  readonly sizes: Readonly<Record<string, readonly [vcpus: number, gibibytes: number]>>;
}

/** The t types: the same sizes in each family. */
const burstable: Family["sizes"] = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};

const vcpusOf: Readonly<Record<string, number>> = {
  ...{ medium: 1, large: 2, xlarge: 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48 },
  ...{ "16xlarge": 64, "24xlarge": 96, "32xlarge": 128, "48xlarge": 192 },
};

/** GiB a vCPU, by the first letter of the family. */
const shares: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8 };

/** Families of one generation, and the sizes that it has. */
const generations: readonly { families: string; architecture: Architecture; sizes: string }[] = [
  { families: "m5 r5 m5a r5a", architecture: "amd64", sizes: "large xlarge 2 4 8 12 16 24" },
  { families: "c6i m6i r6i", architecture: "amd64", sizes: "large xlarge 2 4 8 12 16 24 32" },
  { families: "c6a m6a r6a", architecture: "amd64", sizes: "large xlarge 2 4 8 12 16 24 32 48" },
  { families: "c7i m7i r7i", architecture: "amd64", sizes: "large xlarge 2 4 8 12 16 24 48" },
  { families: "c7i-flex m7i-flex", architecture: "amd64", sizes: "large xlarge 2 4 8 12 16" },
  { families: "c7a m7a r7a", architecture: "amd64", sizes: "medium large xlarge 2 4 8 12 16 24 32 48" },
  { families: "c6g m6g r6g c7g m7g r7g", architecture: "arm64", sizes: "medium large xlarge 2 4 8 12 16" },
  { families: "c8g m8g r8g", architecture: "arm64", sizes: "medium large xlarge 2 4 8 12 16 24 48" },
];

function generation({ families, architecture, sizes }: (typeof generations)[number]): [string, Family][] {
  const names = sizes.split(" ").map((size) => (/^\d+$/.test(size) ? `${size}xlarge` : size));
  return families.split(" ").map((family) => {
    const share = shares[family.charAt(0)] ?? 0;
    const entries = names.map((size) => [size, [vcpusOf[size] ?? 0, (vcpusOf[size] ?? 0) * share]] as const);
    return [family, { architecture, burstable: false, sizes: Object.fromEntries(entries) }];
  });
}

const families: ReadonlyMap<string, Family> = new Map<string, Family>([
  ["t3", { architecture: "amd64", burstable: true, sizes: burstable }],
  ["t3a", { architecture: "amd64", burstable: true, sizes: burstable }],
  ["t4g", { architecture: "arm64", burstable: true, sizes: burstable }],
  ...generations.flatMap(generation),
]);

/** The type of that name, or a sentence on why there is none. */
export function findInstanceType(name: string): InstanceType | { readonly problem: string } {
  const [familyName = "", size = ""] = name.split(".");
  const family = families.get(familyName);
  if (family === undefined) {
    return { problem: `must be a size of one of the families ${[...families.keys()].join(", ")}` };
  }
  const found = Object.hasOwn(family.sizes, size) && name === `${familyName}.${size}` ? family.sizes[size] : undefined;
  if (found === undefined) {
    return { problem: `is no type of family ${familyName}; its sizes are ${Object.keys(family.sizes).join(", ")}` };
  }
  const [vcpus, gibibytes] = found;
  return { vcpus, memoryMiB: gibibytes * 1024, architecture: family.architecture, burstable: family.burstable };
}

/**
 * The type of that name.
 *
 * @throws Error for an unknown one; the settings refuse it before.
 */
export function instanceType(name: string): InstanceType {
  const found = findInstanceType(name);
  if ("problem" in found) throw new Error(`instance type ${name} ${found.problem}`);
  return found;
}

/** The smallest general type of an architecture with that much memory; undefined where none has it. */
export function smallestType(architecture: Architecture, memoryMiB: number): string | undefined {
  const family = architecture === "arm64" ? "m7g" : "m7i";
  const sizes = Object.entries(families.get(family)?.sizes ?? {});
  const found = sizes.find(([size, [, gibibytes]]) => size !== "medium" && gibibytes * 1024 >= memoryMiB);
  return found === undefined ? undefined : `${family}.${found[0]}`;
}
