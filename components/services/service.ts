/**
 * What a service is, as plain data: what runs, with which privileges, and how its health is probed.
 * Everything that starts one (Docker here, systemd on EC2, a compose file) is rendered from this.
 */
import type { EnginePart, ServiceName, VolumeName } from "./catalogue";

/** An image of this project; the renderers receive its digest as an argument. */
export type ImageName = ServiceName;

/** A Linux capability, without the `CAP_` prefix. */
export type Capability = "BPF" | "PERFMON" | "SYS_ADMIN" | "CHOWN" | "DAC_READ_SEARCH";

/** What a kernel must be able to do; the names are `linnix-preflight`'s. */
export type KernelCheck = "btf" | "tracefs" | "caps" | "perf_paranoid" | "btf_tracepoint" | "tracepoint" | "kprobe";

/** A path of the host, or a volume of the engine, mounted into the container. */
export type Mount =
  | { readonly kind: "bind"; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: "volume"; readonly source: string; readonly target: string; readonly readOnly: boolean };

/** Where a host stores what outlives its containers: engine volumes, or folders below `root` (EC2's data volume). */
export type Storage = { readonly kind: "volumes" } | { readonly kind: "folders"; readonly root: string };

/** How a container is attached to the network. */
export type Network =
  | { readonly kind: "host" }
  | { readonly kind: "none" }
  | { readonly kind: "bridge"; readonly name: string; readonly publish: readonly number[] };

/**
 * A command that probes the service from inside its container. It prints the body and, on the last line, the HTTP status
 * (000: no answer); exit status 0 means a 2xx answer.
 */
export interface Probe {
  readonly command: readonly string[];
}

/** How often the engine probes a service. */
export interface HealthCheck {
  readonly probe: Probe;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly startPeriodSeconds: number;
}

/** A configuration file of a container, as the host delivers it; the container can only read it. */
export interface ConfigFile {
  /** Its name in {@link configFolder}. */
  readonly name: string;
  /** Its text in parts, concatenated: literal text, and names of secrets. */
  readonly parts: readonly (string | { readonly secret: string })[];
}

/** The folder of a container's configuration files. Not the folder of those in the image: a volume would hide them. */
export const configFolder = "/etc/linnix/stack";

/** One container: everything except for its image's digest and the values of its secrets. */
export interface ServiceSpec {
  /** Unique on its host, prefixed by project and stack. */
  readonly name: string;
  readonly image: ImageName;
  /** Replaces the image's entry point; by default the image's own is used. */
  readonly entrypoint?: readonly string[];
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Environment variable → name of the secret that is its value when the container starts. */
  readonly secrets: Readonly<Record<string, string>>;
  /** `uid:gid`. */
  readonly user: string;
  readonly capabilities: readonly Capability[];
  readonly hostPid: boolean;
  /** Whether it sees the host's control groups; otherwise the engine's default applies. */
  readonly hostCgroupns: boolean;
  readonly network: Network;
  readonly mounts: readonly Mount[];
  /** Absent if there are none. */
  readonly files?: readonly ConfigFile[];
  /** Memory and swap together; the kernel kills the container's process above it. */
  readonly memoryMiB: number;
  /** Processes and threads. */
  readonly pids: number;
  /** `always`: a service. `never`: runs once, and its exit status is its result. */
  readonly restart: "always" | "never";
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopSeconds: number;
  readonly health?: HealthCheck;
}

/** Rotated logs, the same for every container: at most 3 files of 10 MB. */
export const logRotation = { driver: "json-file", maxSize: "10m", maxFiles: "3" } as const;

/** Data that outlives containers: its name as a volume and as a folder, and where a container mounts it. */
export interface PersistentPath {
  readonly volume: VolumeName;
  readonly folder: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** The mount of persistent data, from where the host stores it. */
export function storageMount(storage: Storage, stack: string, { volume, folder, ...at }: PersistentPath): Mount {
  return storage.kind === "volumes"
    ? { kind: "volume", source: engineName(stack, volume), ...at }
    : { kind: "bind", source: `${storage.root}/${folder}`, ...at };
}

/** Name of a part of a stack, on a host or in AWS. */
export function stackName(stack: string, part: string): string {
  return `linnix-${stack}-${part}`;
}

/** Name of a container, volume or network; typed, so that a stack makes nothing that `npm stop -- --purge` would miss. */
export function engineName(stack: string, part: EnginePart): string {
  return stackName(stack, part);
}
