import * as path from "node:path";

import type { Ec2Settings, PrebuiltImages, RegistrySettings } from "./ec2";
import { instanceType } from "./instance-types";
import { type Values, pinnedCommit } from "./schema";
import { hostOf, prebuiltOf, registryOf } from "./settle-ec2";

/** Where cognitod's source comes from. */
export interface Source {
  /** `sample` is the stand-in under tests/fixtures: it obeys cognitod's contract but is not Linnix. */
  readonly kind: "upstream" | "local" | "sample";
  /** A build context: a git URL with a commit, or a folder. */
  readonly location: string;
  /** For the image's labels: the commit, or `local`. */
  readonly revision: string;
}

/** Where the model comes from: fetched into a volume, or a file of this machine. */
export type Model =
  | { readonly kind: "fetched"; readonly name: string; readonly url: string; readonly sha256?: string }
  | { readonly kind: "file"; readonly name: string; readonly path: string };

/** Everything a stack can be told, typed and checked. Built by {@link settle}; frozen. */
export interface Settings {
  readonly stack: string;
  /** Where both services run: on a Docker engine that this machine reaches, or on an EC2 host of their own. */
  readonly host: { readonly kind: "local" } | Ec2Settings;
  readonly registry: RegistrySettings;
  /** Which buildx builder builds; `default` is the engine's own. */
  readonly builder: string;
  /** Instead of a build. */
  readonly prebuilt?: PrebuiltImages;
  readonly source: Source;
  readonly model: Model;
  readonly baseImages: Readonly<Record<string, string>>;
  readonly privileges: "least" | "sysadmin";
  readonly requireKernelInstrumentation: boolean;
  readonly ports: { readonly api: number; readonly health: number; readonly llama: number };
  readonly cognitod: { readonly memoryMiB: number; readonly logLevel: string };
  readonly llama: { readonly memoryMiB: number; readonly threads: number; readonly context: number };
  /** How long the gate waits for both services, in seconds. */
  readonly healthTimeoutSeconds: number;
}

/** Upstream's repository. */
export const upstreamRepository = "https://github.com/linnix-os/linnix";

/** Upstream's model: a release asset of v0.1.0, 2.1 GB. Upstream publishes no checksum for it. */
export const upstreamModel = `${upstreamRepository}/releases/download/v0.1.0/linnix-3b-distilled-q5_k_m.gguf`;

/** The sample daemon, relative to the project's folder. */
export const sampleSource = "tests/fixtures/sample-daemon";

function sourceOf(values: Values): Source {
  const { source = "auto", sourceCommit: commit = pinnedCommit } = values;
  if (source === "sample") return { kind: "sample", location: sampleSource, revision: "sample" };
  if (source === "auto" || source === "upstream") {
    return { kind: "upstream", location: `${upstreamRepository}.git#${commit}`, revision: commit };
  }
  return { kind: "local", location: source, revision: "local" };
}

/** A model's name as llama-server and the report show it: its file name without the ending. */
function modelName(location: string): string {
  const file = path.posix.basename(location.replace(/[?#].*$/, ""));
  return file.replace(/\.gguf$/i, "").replace(/[^A-Za-z0-9._-]/g, "-") || "model";
}

function modelOf(values: Values): Model {
  const { model = "auto", modelSha256 } = values;
  const given = model === "auto" || model === "upstream" ? upstreamModel : model;
  const name = modelName(given);
  if (!/^https?:/.test(given)) return { kind: "file", name, path: path.resolve(given) };
  return {
    kind: "fetched",
    name,
    url: given,
    ...(modelSha256 === undefined ? {} : { sha256: modelSha256 }),
  };
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === "object" && child !== null) freeze(child as object);
  return Object.freeze(value);
}

/**
 * Makes settings of checked values. `cpus` is the engine machine's CPU count, the default of `llamaThreads`; an EC2
 * host's own takes its place.
 * `auto` means upstream here: only `npm start`, which can look, chooses otherwise and writes down what it chose.
 */
export function settle(values: Values, stack: string, cpus: number): Settings {
  const host = hostOf(values);
  const prebuilt = prebuiltOf(values);
  return freeze<Settings>({
    stack,
    host,
    registry: registryOf(values),
    builder: String(values.builder),
    ...(prebuilt === undefined ? {} : { prebuilt }),
    source: sourceOf(values),
    model: modelOf(values),
    baseImages: { ...(values.baseImages as Record<string, string> | undefined) },
    privileges: values.privileges === "sysadmin" ? "sysadmin" : "least",
    requireKernelInstrumentation: host.kind === "ec2" || values.requireKernelInstrumentation === true,
    ports: { api: Number(values.apiPort), health: Number(values.healthPort), llama: Number(values.llamaPort) },
    cognitod: { memoryMiB: Number(values.cognitodMemory), logLevel: values.logLevel ?? "info" },
    llama: {
      memoryMiB: Number(values.llamaMemory),
      threads: values.llamaThreads ?? (host.kind === "ec2" ? instanceType(host.instanceType).vcpus : cpus),
      context: Number(values.llamaContext),
    },
    healthTimeoutSeconds: Number(values.healthTimeout),
  });
}
