/**
 * Every setting of the project: name, type, default, allowed values, description. The `config` section of Pulumi.yaml and
 * docs/SETTINGS.md are generated from here by `npm run docs`.
 */
import pins from "../../pins.json";
import { type ServiceName, services } from "../services/catalogue";
import type { SecretName } from "../services/secrets";
import { alertSchema } from "./alerts/schema";
import { cognitodSchema } from "./cognitod/schema";
import type { ConfigSections } from "./cognitod/types";
import { type Definition, booleanSetting, hostKinds, keywordOrPath, matching, oneOf, range } from "./definition";
import { ec2Schema } from "./ec2/schema";
import { llmSchema } from "./llm/schema";
import { modelSchema } from "./model/schema";
import { parseReference } from "./registry/reference";

/** The base images of the builds; each is a build argument of the Dockerfile of one service. */
export const baseImageServices = {
  ebpfBuilder: "cognitod",
  rustBuilder: "cognitod",
  preflightBuilder: "cognitod",
  runtime: "cognitod",
  llamaServer: "llama",
  llamaRuntime: "llama",
} as const satisfies Record<string, ServiceName>;

/** A base image's name. */
export type BaseImageName = keyof typeof baseImageServices;

/** Every base image's name. */
export const baseImageNames = Object.keys(baseImageServices) as BaseImageName[];

const isBaseImageName = (name: string) => Object.hasOwn(baseImageServices, name);

function baseImagesProblem(images: Readonly<Record<string, string>>): string | undefined {
  const unknown = Object.keys(images).filter((name) => !isBaseImageName(name));
  if (unknown.length > 0) return `has unknown entries ${unknown.join(", ")}; known are ${baseImageNames.join(", ")}`;
  const invalid = Object.entries(images).filter(([, image]) => parseReference(image) === undefined);
  return invalid.length > 0
    ? `must name images as an engine does; invalid: ${invalid.map(([name]) => name).join(", ")}`
    : undefined;
}

/** The settings by name, in the order of Pulumi.yaml and docs/SETTINGS.md. */
export const schema = {
  host: {
    type: "string",
    default: "local",
    description:
      "Where both services run: local (on a Docker engine that this machine reaches) or ec2 (on an EC2 host that the stack creates; requires aws:region).",
    example: "ec2",
    ...oneOf(...hostKinds),
  },
  source: {
    type: "string",
    default: "auto",
    description:
      "cognitod's source: upstream (linnix-os/linnix at sourceCommit), sample (a stand-in daemon, not Linnix), or the path of a checkout, whose changed files show in the preview and restart the container. auto means upstream, unless npm start cannot reach it and chooses the sample.",
    example: "upstream",
    ...matching(keywordOrPath, "auto, upstream, sample, or the path of a checkout (starting with / or ./)"),
  },
  sourceCommit: {
    type: "string",
    default: pins.linnixCommit,
    description: "Upstream's commit to build.",
    example: pins.linnixCommit,
    ...matching(
      /^[0-9a-f]{40}$/,
      "a full commit id: 40 hexadecimal digits (a branch would not be rebuilt when it moves)",
    ),
  },
  bases: {
    type: "string",
    default: "auto",
    description:
      "Base images: registry (pinned official images) or archive (built from the Debian archive by npm start, see docker/README.md). auto means registry, unless npm start cannot reach the registries and chooses archive.",
    example: "registry",
    ...oneOf("auto", "registry", "archive"),
  },
  baseImages: {
    type: "object",
    description: `Images to use instead of the pinned base images: a map with any of ${baseImageNames.join(", ")}; see docker/README.md.`,
    allowed: `a map with image names under ${baseImageNames.join(", ")}`,
    example: `'{"runtime": "debian:trixie-slim"}'`,
    whenUnset: "the pinned official images",
    problem: baseImagesProblem,
  },
  ...llmSchema,
  ...modelSchema,
  privileges: {
    type: "string",
    default: "least",
    description:
      "cognitod's capabilities: least (BPF and PERFMON), or sysadmin (SYS_ADMIN as well) where kernel.perf_event_paranoid is 3 or more and cannot be lowered. Local host only.",
    example: "least",
    ...oneOf("least", "sysadmin"),
  },
  cognitodUser: {
    type: "string",
    default: "auto",
    description: `cognitod's user: cognitod (uid ${services.cognitod.uid}, as on EC2), which cannot signal processes of others but needs trace events that are open to its group, or root. auto means root, unless npm start finds them open in the embedded engine and chooses cognitod. See docs/OPERATIONS.md.`,
    example: "cognitod",
    hosts: ["local"],
    ...oneOf("auto", "root", "cognitod"),
  },
  requireKernelInstrumentation: {
    ...booleanSetting,
    description:
      "If true, an update fails before cognitod is replaced when the kernel cannot run its eBPF programs. If false, cognitod is reported as degraded.",
    whenUnset: "false on a local host; always true on EC2, where the project chooses the kernel",
  },
  apiPort: {
    type: "integer",
    default: 3000,
    description: "Port of cognitod's API and dashboard on 127.0.0.1.",
    example: "3000",
    ...range(1024, 65535, "a port"),
  },
  healthPort: {
    type: "integer",
    default: 9464,
    description: "Port of cognitod's health and metrics endpoints on 127.0.0.1.",
    example: "9464",
    ...range(1024, 65535, "a port"),
  },
  llamaPort: {
    type: "integer",
    default: 8090,
    description: "Port of llama-server on 127.0.0.1.",
    example: "8090",
    ...range(1024, 65535, "a port"),
  },
  cognitodMemory: {
    type: "integer",
    default: 512,
    description: "cognitod's memory limit in MiB.",
    example: "512",
    // Upstream's ring buffers need 192 MiB to load (measured; its peak is 185 MiB): below 256 it dies under load.
    ...range(256, 65536, "a whole number of MiB"),
  },
  llamaMemory: {
    type: "integer",
    default: 4096,
    description: "llama-server's memory limit in MiB. Upstream's 3B model needs about 3000 at a context of 4096.",
    example: "4096",
    ...range(128, 1048576, "a whole number of MiB"),
  },
  llamaThreads: {
    type: "integer",
    description: "Number of llama-server's threads.",
    example: "4",
    whenUnset: "the number of CPUs of this machine, or of the EC2 host's vCPUs",
    ...range(1, 256, "a whole number of threads"),
  },
  llamaContext: {
    type: "integer",
    default: 4096,
    description: "llama-server's context in tokens. Each token uses memory.",
    example: "4096",
    // An insight's prompt takes up to 340 tokens, its answer 200; the analysis of an incident lists more facts.
    ...range(2048, 131072, "a whole number of tokens"),
  },
  logLevel: {
    type: "string",
    default: "info",
    description: "cognitod's log level.",
    example: "info",
    ...oneOf("error", "warn", "info", "debug", "trace"),
  },
  healthTimeout: {
    type: "integer",
    default: 600,
    description: "Seconds that an update waits for both services to become healthy.",
    example: "600",
    ...range(10, 7200, "a whole number of seconds"),
  },
  engineOwner: {
    type: "string",
    description:
      "Value of the label linnix.owner on the containers, volumes and the network that the stack creates on a Docker engine. npm start sets it, so that it recognises its own among those of others.",
    example: "me",
    whenUnset: "no such label",
    hosts: ["local"],
    ...matching(/^[A-Za-z0-9._-]{1,64}$/, "1 to 64 letters, digits or ._-"),
  },
  apiToken: {
    type: "string",
    secret: true,
    description: "Token that protects cognitod's API.",
    example: "$(openssl rand -hex 32)",
    whenUnset: "a generated token",
    ...matching(/^[A-Za-z0-9._~+/=-]{16,256}$/, "16 to 256 letters, digits or ._~+/=- (it is sent in an HTTP header)"),
  },
  ...cognitodSchema,
  ...alertSchema,
  ...ec2Schema,
} as const satisfies Record<string, Definition>;

type Schema = typeof schema;

/** A setting's name. */
export type SettingName = keyof Schema;

interface Types {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  readonly array: readonly string[];
  readonly object: Readonly<Record<string, string>>;
  readonly sections: ConfigSections;
}

type ValueOf<D extends Definition> = D extends { readonly values: readonly (infer V)[] } ? V : Types[D["type"]];

type NamesWithDefault = {
  [Name in SettingName]: Schema[Name] extends { readonly default: unknown } ? Name : never;
}[SettingName];

type Defaults = { readonly [Name in NamesWithDefault]: ValueOf<Schema[Name]> };

type Optional = { readonly [Name in Exclude<SettingName, NamesWithDefault>]?: ValueOf<Schema[Name]> };

/** Values by name. A setting that has a default always has a value; any other is absent when it is not set. */
export type Values = Defaults & Optional;

/** The value of every setting that has a default. */
export const defaults = Object.fromEntries(
  Object.entries<Definition>(schema).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value]],
  ),
) as Defaults;

/** The setting that holds each secret. */
export const secretSettings = {
  "api-token": "apiToken",
  "slack-webhook": "slackWebhook",
  "registry-password": "registryPassword",
  "llm-api-key": "llmApiKey",
} as const satisfies Record<SecretName, SettingName>;

/** The key of a setting in the configuration. */
export const keyOf = (name: string): string => (name.includes(":") ? name : `linnix:${name}`);

/** The name of the setting under a key of the configuration, even a misspelt one; undefined for another program's key. */
export function nameOf(key: string): string | undefined {
  if (key.startsWith("linnix:")) return key.slice("linnix:".length);
  return key.includes(":") && Object.hasOwn(schema, key) ? key : undefined;
}
