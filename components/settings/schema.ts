/**
 * Every setting of the project: name, type, default, what is allowed. Pulumi.yaml repeats it for `pulumi config`
 * (a unit test holds the two together).
 */
import { type Definition, type Value, matching, oneOf, range, shown, truth } from "./definition";
import { ec2Schema } from "./schema-ec2";

/** Upstream's commit that this version of the project was tried with. */
export const pinnedCommit = "dd6c603a81ee7b99e32e69f8aaf7aa7f386a51cf";

/** The base images a build starts from; each is a build argument of a Dockerfile. */
export const baseImageNames = [
  "ebpfBuilder",
  "rustBuilder",
  "preflightBuilder",
  "runtime",
  "llamaServer",
  "llamaRuntime",
] as const;

const keyword = /^(auto|upstream|sample)$/;
const filePath = /^(\.{0,2}\/).+/;
const webAddress = /^https?:\/\/[^\s/]+\/\S+$/;

function refuseBaseImages(value: Value): string | undefined {
  const entries = Object.entries(value as Record<string, unknown>);
  const unknown = entries.filter(([name]) => !(baseImageNames as readonly string[]).includes(name));
  if (unknown.length > 0) {
    return `has unknown entries ${unknown.map(([name]) => name).join(", ")}; known are ${baseImageNames.join(", ")}`;
  }
  const wrong = entries.filter(([, image]) => typeof image !== "string" || !/^[a-z0-9][^\s]*$/.test(image));
  return wrong.length > 0 ? `must name images; not so: ${wrong.map(([name]) => name).join(", ")}` : undefined;
}

/** The settings by name, in the order in which Pulumi.yaml and the README list them. */
export const schema = {
  host: { type: "string", default: "local", example: "ec2", ...oneOf("local", "ec2") },
  source: {
    type: "string",
    default: "auto",
    example: "upstream",
    allowed: "auto, upstream, sample, or the path of a checkout (starting with / or ./)",
    refuse: (value) =>
      keyword.test(shown(value)) || filePath.test(shown(value))
        ? undefined
        : "must be auto, upstream, sample, or the path of a checkout (starting with / or ./)",
  },
  sourceCommit: {
    type: "string",
    default: pinnedCommit,
    example: pinnedCommit,
    ...matching(/^[0-9a-f]{40}$/, "a full commit id: 40 hexadecimal digits (a branch would never be rebuilt)"),
  },
  bases: { type: "string", default: "auto", example: "registry", ...oneOf("auto", "registry", "archive") },
  baseImages: {
    type: "object",
    example: "(see README, base images)",
    allowed: `image names under ${baseImageNames.join(", ")}`,
    refuse: refuseBaseImages,
  },
  model: {
    type: "string",
    default: "auto",
    example: "upstream",
    allowed: "auto, upstream, sample, an https address of a GGUF file, or a file's path (starting with / or ./)",
    refuse: (value) =>
      keyword.test(shown(value)) || filePath.test(shown(value)) || webAddress.test(shown(value))
        ? undefined
        : "must be auto, upstream, sample, an https address of a GGUF file, or a file's path (starting with / or ./)",
  },
  modelSha256: {
    type: "string",
    example: "$(sha256sum model.gguf | cut -d' ' -f1)",
    ...matching(/^[0-9a-f]{64}$/, "a SHA-256 checksum: 64 hexadecimal digits"),
  },
  privileges: { type: "string", default: "least", example: "least", ...oneOf("least", "sysadmin") },
  // No default: false on a local host, and on EC2, where the kernel is the project's choice, always true.
  requireKernelInstrumentation: { ...truth },
  apiPort: { type: "integer", default: 3000, example: "3000", ...range(1024, 65535, "a port") },
  healthPort: { type: "integer", default: 9464, example: "9464", ...range(1024, 65535, "a port") },
  llamaPort: { type: "integer", default: 8090, example: "8090", ...range(1024, 65535, "a port") },
  // 192 MiB is the least that upstream's rings load in, 185 MiB its peak (measured): below 256 it dies under load.
  cognitodMemory: { type: "integer", default: 512, example: "512", ...range(256, 65536, "a whole number of MiB") },
  // The 3B model takes about 3 GB at a context of 4096.
  llamaMemory: { type: "integer", default: 4096, example: "4096", ...range(128, 1048576, "a whole number of MiB") },
  llamaThreads: { type: "integer", example: "4", ...range(1, 256, "a whole number of threads") },
  // cognitod's prompt alone is 731 tokens and more.
  llamaContext: { type: "integer", default: 4096, example: "4096", ...range(2048, 131072, "a whole number of tokens") },
  logLevel: {
    type: "string",
    default: "info",
    example: "info",
    ...oneOf("error", "warn", "info", "debug", "trace"),
  },
  healthTimeout: { type: "integer", default: 600, example: "600", ...range(10, 7200, "a whole number of seconds") },
  apiToken: {
    type: "string",
    secret: true,
    example: "$(openssl rand -hex 32)",
    ...matching(/^[A-Za-z0-9._~+/=-]{16,256}$/, "16 to 256 letters, digits or ._~+/=- (it travels in an HTTP header)"),
  },
  ...ec2Schema,
} as const satisfies Record<string, Definition>;

/** A setting's name. */
export type SettingName = keyof typeof schema;

interface Types {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  readonly array: readonly string[];
  readonly object: Readonly<Record<string, unknown>>;
}

/** Well-typed values by name; what was left out and has no default is absent. */
export type Values = { -readonly [Name in SettingName]?: Types[(typeof schema)[Name]["type"]] };

/** The key under which configuration holds a setting. */
export const keyOf = (name: string): string => (name.includes(":") ? name : `linnix:${name}`);

/** The setting that a key of configuration is of, known or misspelt; undefined for another program's. */
export function nameOf(key: string): string | undefined {
  if (key.startsWith("linnix:")) return key.slice("linnix:".length);
  return key in ec2Schema ? key : undefined;
}
