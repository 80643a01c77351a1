import {
  type Capability,
  type KernelCheck,
  type Mount,
  type ServiceSpec,
  type Storage,
  stackName,
  storageMount,
} from "./service";

/** What differs between one cognitod and another. */
export interface CognitodOptions {
  readonly stack: string;
  readonly sample: boolean;
  readonly privileges: "least" | "sysadmin";
  readonly ports: { readonly api: number; readonly health: number };
  readonly memoryMiB: number;
  readonly logLevel: string;
  readonly llm: { readonly port: number; readonly model: string };
  /** `0:0` by default; another needs an image whose binaries carry the capabilities, and tracefs opened to its group. */
  readonly user?: string;
  /** The engine's volumes by default. */
  readonly storage?: Storage;
  /** A file of the host to use as configuration instead of the image's own. */
  readonly configFile?: string;
}

/** The daemon's database of incidents. */
const incidents = { volume: "data", folder: "cognitod", target: "/var/lib/linnix" };

/** Its log of alerts. */
const alerts = { volume: "log", folder: "log", target: "/var/log/linnix" };

/** Where cognitod's image has its configuration. */
const configInImage = "/etc/linnix/linnix.toml";

/** Where the preflight and cognitod find the kernel's trace events. */
const tracefs: Mount = {
  kind: "bind",
  source: "/sys/kernel/tracing",
  target: "/sys/kernel/tracing",
  readOnly: true,
};

/**
 * The eBPF privileges, written here and nowhere else. BPF loads programs and maps, PERFMON attaches them to tracepoints
 * and kprobes and reads perf buffers. `sysadmin` adds SYS_ADMIN, which the kernel asks for instead of PERFMON where
 * `kernel.perf_event_paranoid` is 3 or more and may not be lowered (the patched default of Debian and Ubuntu).
 */
export function ebpfCapabilities(privileges: "least" | "sysadmin"): readonly Capability[] {
  return privileges === "least" ? ["BPF", "PERFMON"] : ["BPF", "PERFMON", "SYS_ADMIN"];
}

/**
 * What the daemon can't do without: its exec, fork, exit and syscall tracepoints, and kprobes on tcp and vfs functions.
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

/** The daemon: it sees the whole host's processes and network, and may change nothing. */
export function cognitodSpec(options: CognitodOptions): ServiceSpec {
  const { storage = { kind: "volumes" }, configFile } = options;
  return {
    name: stackName(options.stack, "cognitod"),
    image: "cognitod",
    arguments: [],
    environment: {
      LINNIX_LISTEN_ADDR: `127.0.0.1:${options.ports.api}`,
      LINNIX_METRICS_LISTEN_ADDR: `127.0.0.1:${options.ports.health}`,
      LLM_ENDPOINT: `http://127.0.0.1:${options.llm.port}/v1/chat/completions`,
      LLM_MODEL: options.llm.model,
      RUST_LOG: options.logLevel,
    },
    // Without a token anyone on the machine could approve an action, and an action can kill a process.
    secrets: { LINNIX_API_TOKEN: "api-token" },
    // All capabilities but these are dropped. Docker grants them to uid 0 only; another user has them from its binary.
    user: options.user ?? "0:0",
    capabilities: ebpfCapabilities(options.privileges),
    hostPid: true,
    network: { kind: "host" },
    mounts: [
      tracefs,
      storageMount(storage, options.stack, { ...incidents, readOnly: false }),
      storageMount(storage, options.stack, { ...alerts, readOnly: false }),
      ...(configFile === undefined
        ? []
        : [{ kind: "bind" as const, source: configFile, target: configInImage, readOnly: true }]),
    ],
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

/** When the preflight gives up a check, in seconds: an idle kernel takes milliseconds, a busy or emulated one several. */
export const preflightSeconds = 20;

/** Asks this kernel, with exactly cognitod's privileges, whether cognitod can work; ends within {@link preflightSeconds}. */
export function preflightSpec(cognitod: ServiceSpec, required: readonly KernelCheck[]): ServiceSpec {
  const { health, ...same } = cognitod;
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
