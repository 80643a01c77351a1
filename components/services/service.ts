/**
 * What a service is, as plain data: what runs, with which privileges, and how its health is asked.
 * Everything that starts one (Docker here, systemd on EC2, a compose file) is rendered from this.
 */

/** The images of this project by name; which digest stands behind one is the renderer's argument. */
export type ImageName = "cognitod" | "llama";

/** A Linux capability, without the `CAP_` prefix. */
export type Capability = "BPF" | "PERFMON" | "SYS_ADMIN";

/** What a kernel must be able to do; the names are `linnix-preflight`'s. */
export type KernelCheck = "btf" | "tracefs" | "caps" | "perf_paranoid" | "btf_tracepoint" | "tracepoint" | "kprobe";

/** Something of the host or the engine that is seen inside the container. */
export type Mount =
  | { readonly kind: "bind"; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: "volume"; readonly source: string; readonly target: string; readonly readOnly: boolean };

/** Where a host keeps what outlives its containers: the engine's volumes, or folders below one (EC2's data volume). */
export type Storage = { readonly kind: "volumes" } | { readonly kind: "folders"; readonly root: string };

/** How a container is attached to the network. */
export type Network =
  | { readonly kind: "host" }
  | { readonly kind: "none" }
  | { readonly kind: "bridge"; readonly name: string; readonly publish: readonly number[] };

/**
 * A question asked inside the container. It prints the body and, on the last line, the HTTP status (000: no answer);
 * exit status 0 means a 2xx answer.
 */
export interface Probe {
  readonly command: readonly string[];
}

/** When the engine asks a service for its health. */
export interface HealthCheck {
  readonly probe: Probe;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly startPeriodSeconds: number;
}

/** One container, completely described but for its image's digest and its secrets' values. */
export interface ServiceSpec {
  /** Unique on its host, prefixed by project and stack. */
  readonly name: string;
  readonly image: ImageName;
  /** Replaces the image's entry point when given. */
  readonly entrypoint?: readonly string[];
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Environment variable → name of the secret whose value it gets when the container is started. */
  readonly secrets: Readonly<Record<string, string>>;
  /** `uid:gid`. */
  readonly user: string;
  readonly capabilities: readonly Capability[];
  readonly hostPid: boolean;
  readonly network: Network;
  readonly mounts: readonly Mount[];
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

/** Something kept: what it is called as a volume and as a folder, and where a container sees it. */
export interface Kept {
  readonly volume: string;
  readonly folder: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Mounts what is kept from where the host keeps it. */
export function storageMount(storage: Storage, stack: string, { volume, folder, ...at }: Kept): Mount {
  return storage.kind === "volumes"
    ? { kind: "volume", source: stackName(stack, volume), ...at }
    : { kind: "bind", source: `${storage.root}/${folder}`, ...at };
}

/** Names shared by every part of one stack on a host. */
export function stackName(stack: string, part: string): string {
  return `linnix-${stack}-${part}`;
}
