import { defined } from "../defined";
import { configName } from "./cognitod-config";
import { type Proxy, proxyEnvironment } from "./proxy";
import {
  type Capability,
  type ConfigFile,
  type KernelCheck,
  type Mount,
  type ServiceSpec,
  type Storage,
  configFolder,
  engineName,
  storageMount,
} from "./service";

/** Options of cognitod. */
export interface CognitodOptions {
  readonly stack: string;
  readonly sample: boolean;
  readonly privileges: "least" | "sysadmin";
  readonly ports: { readonly api: number; readonly health: number };
  readonly memoryMiB: number;
  readonly logLevel: string;
  /** The language model; undefined for none. */
  readonly llm?: { readonly endpoint: string; readonly model: string };
  /** `0:0` by default; any other needs an image whose binaries have the capabilities, and tracefs readable by its group. */
  readonly user?: string;
  /** The engine's volumes by default. */
  readonly storage?: Storage;
  /** Secrets that the stack has besides the API token, by the variables that pass them. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Configuration files of the stack, `linnix.toml` among them; by default the image's own are used. */
  readonly files?: readonly ConfigFile[];
  /** For requests to a model server elsewhere and to Slack. None by default. */
  readonly proxy?: Proxy;
}

/** The daemon's database of incidents. */
const incidents = { volume: "data", folder: "cognitod", target: "/var/lib/linnix" } as const;

/** The daemon's log of alerts. */
const alerts = { volume: "log", folder: "log", target: "/var/log/linnix" } as const;

/** Where the preflight and cognitod find the kernel's trace events. */
const tracefs: Mount = {
  kind: "bind",
  source: "/sys/kernel/tracing",
  target: "/sys/kernel/tracing",
  readOnly: true,
};

/**
 * The eBPF privileges; this is the only place that lists them. BPF loads programs and maps, PERFMON attaches them to tracepoints
 * and kprobes and reads perf buffers. `sysadmin` adds SYS_ADMIN, which the kernel requires instead of PERFMON where
 * `kernel.perf_event_paranoid` is 3 or more and may not be lowered (the patched default of Debian and Ubuntu).
 */
function ebpfCapabilities(privileges: "least" | "sysadmin"): readonly Capability[] {
  return privileges === "least" ? ["BPF", "PERFMON"] : ["BPF", "PERFMON", "SYS_ADMIN"];
}

/**
 * What the daemon requires: its exec, fork, exit and syscall tracepoints, and kprobes on tcp and vfs functions.
 * The sample attaches no kprobe.
 */
export function requiredChecks(sample: boolean): readonly KernelCheck[] {
  const always: KernelCheck[] = ["btf", "tracefs", "caps", "btf_tracepoint", "tracepoint"];
  return sample ? always : [...always, "kprobe"];
}

/** `http-probe` is in cognitod's image: it has no shell and no curl. */
function probe(port: number, path: string): { command: string[] } {
  return { command: ["/usr/local/bin/http-probe", String(port), path] };
}

/** Proves only that the process lives: it answers 200 with no eBPF program attached. */
export const liveProbe = (healthPort: number) => probe(healthPort, "/healthz");

/** Proves that eBPF programs are attached and deliver. Never behind the API token. */
export const readyProbe = (healthPort: number) => probe(healthPort, "/readyz");

/** Counts the active alert rules: only the API has their number, behind the token that the container has. */
export const rulesProbe = (apiPort: number): { command: string[] } => ({
  command: [...probe(apiPort, "/status").command, "active_rules"],
});

/** The daemon: it observes the whole host's processes and network, and may change nothing. */
export function cognitodSpec(options: CognitodOptions): ServiceSpec {
  const { storage = { kind: "volumes" }, files, llm, secrets } = options;
  return {
    name: engineName(options.stack, "cognitod"),
    image: "cognitod",
    arguments: files === undefined ? [] : ["--config", `${configFolder}/${configName}`],
    environment: {
      LINNIX_LISTEN_ADDR: `127.0.0.1:${options.ports.api}`,
      LINNIX_METRICS_LISTEN_ADDR: `127.0.0.1:${options.ports.health}`,
      ...(llm === undefined ? {} : { LLM_ENDPOINT: llm.endpoint, LLM_MODEL: llm.model }),
      RUST_LOG: options.logLevel,
      ...(options.proxy === undefined ? {} : proxyEnvironment(options.proxy)),
    },
    // Without a token anyone on the machine could approve an action, and an action can kill a process.
    secrets: { LINNIX_API_TOKEN: "api-token", ...secrets },
    // All other capabilities are dropped. Docker grants them to uid 0 only; another user gets them from the binary.
    user: options.user ?? "0:0",
    capabilities: ebpfCapabilities(options.privileges),
    hostPid: true,
    // It attributes pressure to control groups, which have the host's names only in the host's cgroup namespace.
    hostCgroupns: true,
    network: { kind: "host" },
    mounts: [
      tracefs,
      storageMount(storage, options.stack, { ...incidents, readOnly: false }),
      storageMount(storage, options.stack, { ...alerts, readOnly: false }),
    ],
    ...defined({ files }),
    memoryMiB: options.memoryMiB,
    pids: 256,
    restart: "always",
    stopSeconds: 15,
    health: {
      probe: readyProbe(options.ports.health),
      intervalSeconds: 10,
      timeoutSeconds: 5,
      retries: 3,
      startPeriodSeconds: 60,
    },
  };
}

/**
 * Checks a configuration with the daemon's own `--check-config`, which reads that one file, before a running cognitod is
 * touched. Its capabilities are cognitod's: with fewer, the kernel does not start a binary that has them as file capabilities.
 */
export function configCheckSpec(cognitod: ServiceSpec, file: ConfigFile): ServiceSpec {
  const { health, ...same } = cognitod;
  return {
    ...same,
    name: cognitod.name.replace(/cognitod$/, "config"),
    arguments: ["--config", `${configFolder}/${file.name}`, "--check-config"],
    environment: {},
    secrets: {},
    hostPid: false,
    hostCgroupns: false,
    network: { kind: "none" },
    mounts: [],
    files: [file],
    memoryMiB: 128,
    pids: 32,
    restart: "never",
  };
}

/**
 * Makes cognitod's user the owner of everything in its volumes: they outlive the stack, and may be from a time when cognitod
 * ran as another user. It writes nothing else, and needs the two capabilities for folders that are closed to other users.
 */
export function ownerSpec(cognitod: ServiceSpec): ServiceSpec {
  const { health, files, ...same } = cognitod;
  const volumes = cognitod.mounts.filter(({ kind }) => kind === "volume");
  return {
    ...same,
    name: cognitod.name.replace(/cognitod$/, "owner"),
    entrypoint: ["/usr/local/bin/change-owner"],
    arguments: [cognitod.user, ...volumes.map(({ target }) => target)],
    environment: {},
    secrets: {},
    user: "0:0",
    capabilities: ["CHOWN", "DAC_READ_SEARCH"],
    hostPid: false,
    hostCgroupns: false,
    network: { kind: "none" },
    mounts: volumes,
    memoryMiB: 64,
    pids: 8,
    restart: "never",
  };
}

/** Timeout of each preflight check, in seconds: an idle kernel takes milliseconds, a busy or emulated one seconds. */
export const preflightSeconds = 20;

/** Checks, with exactly cognitod's privileges, whether this kernel supports cognitod. Ends within {@link preflightSeconds}. */
export function preflightSpec(cognitod: ServiceSpec, required: readonly KernelCheck[]): ServiceSpec {
  const { health, files, ...same } = cognitod;
  return {
    ...same,
    name: cognitod.name.replace(/cognitod$/, "preflight"),
    entrypoint: ["/usr/local/bin/linnix-preflight"],
    arguments: ["--within", String(preflightSeconds), "--require", required.join(",")],
    environment: {},
    secrets: {},
    mounts: [tracefs],
    memoryMiB: 128,
    pids: 32,
    restart: "never",
  };
}
