/**
 * The contract between this program and host/linnix_release: the parameters through which they talk, the documents in
 * those parameters, the folders that both name, and the metrics. host/protocol/ has an example of each document;
 * tests/unit/components/hosts/ec2/protocol.test.ts and tests/release/test_contract.py hold both sides to the examples.
 *
 * Plain values and types only: user data, policies, alarms and the serialised rollout all import it.
 */
import type { Answer, Usage } from "../../health/observation";

/** Version of the documents below. Either side refuses a document of another version. */
export const protocolSchema = 2;

/**
 * The parameters through which the rollout and the host talk, below a stack's prefix (`/linnix/<stack>`): `desired` is
 * written by the rollout, `result` and `health` by the host.
 */
export function parameterNames(prefix: string) {
  return { desired: `${prefix}/desired`, result: `${prefix}/result`, health: `${prefix}/health` };
}

/** Value of a parameter that the host has not written yet: a parameter can't be empty. */
export const unwritten = "{}";

/** Mount point of the data volume. */
export const dataFolder = "/var/lib/linnix";

/** Where the host writes the secrets of containers: in memory, so that a reboot removes them. */
export const secretsFolder = "/run/linnix/secrets";

/** The metrics that the host puts each minute, with the dimension `Stack`. `healthy` is 0 or 1, the others are percent. */
export const metricNames = {
  healthy: "Healthy",
  memory: "MemoryUsedPercent",
  rootVolume: "RootUsedPercent",
  dataVolume: "DataUsedPercent",
} as const;

/** A command that probes a service from inside its container; see `Probe` in service.ts. */
export type ProbeCommand = readonly string[];

/** A secret by reference: the host may read this one parameter, in this one version. */
export interface SecretReference {
  /** Name of a SecureString in the parameter store. */
  readonly parameter: string;
  /** The parameter's version: a rotated secret is a new release. */
  readonly version: number;
}

/**
 * A file that contains secrets, for programs that accept a secret in no other way. The host writes it to
 * `<secretsFolder>/<name of the step>/<name>`, mode 0400, before the container starts; `run` and `unit` mount it.
 */
export interface SecretFile {
  /** Its name, without a folder. */
  readonly name: string;
  /** `uid:gid`, by number. */
  readonly owner: string;
  /** Its text in parts, concatenated: literal text, and names of secrets in {@link DesiredState.secrets}. */
  readonly parts: readonly (string | { readonly secret: string })[];
}

interface Common {
  /** Name of the container, and of its systemd unit (with `.service`): `linnix-dev-cognitod`. */
  readonly name: string;
  /** `repository@sha256:…`. */
  readonly image: string;
  /**
   * Environment variable → name of a secret in {@link DesiredState.secrets}. The host writes them to
   * `<secretsFolder>/<name>.env`, which `run` or `unit` passes to the container if there are any.
   */
  readonly secrets: Readonly<Record<string, string>>;
  /** Absent if there are none. */
  readonly files?: readonly SecretFile[];
}

/** A container that runs to its end before the next step starts. */
export interface OnceStep extends Common {
  readonly kind: "once";
  /** Arguments of `docker run`, including the image. The host adds the name, and neither restarts nor detaches it. */
  readonly run: readonly string[];
  /** How long it may run, in seconds. */
  readonly timeoutSeconds: number;
  /** Whether an exit status other than 0 fails the release. */
  readonly mustSucceed: boolean;
  /** Whether the host runs it again when it is observed while a service is not ready. The observation has its output. */
  readonly observed: boolean;
}

/** A container that keeps running. */
export interface ServiceStep extends Common {
  readonly kind: "service";
  /** The whole text of its systemd unit, `/etc/systemd/system/<name>.service`. */
  readonly unit: string;
  /**
   * Run inside the container. `ready` decides whether the service is healthy; `live` only proves that the process lives;
   * `rules` answers with the number of active alert rules.
   */
  readonly probes: { readonly ready: ProbeCommand; readonly live?: ProbeCommand; readonly rules?: ProbeCommand };
}

/** One container of the release. */
export type Step = OnceStep | ServiceStep;

/** A folder that the containers mount. */
export interface Folder {
  readonly path: string;
  /** `uid:gid`, by number. */
  readonly owner: string;
  /** Octal, `0750`. */
  readonly mode: string;
}

/** A registry that requires a user and a password. The host recognises ECR by its name and uses its credential helper. */
export interface RegistryLogin {
  readonly address: string;
  readonly user: string;
  /** Name of a secret in {@link DesiredState.secrets}. */
  readonly secret: string;
}

/** The archive of the programs that run on the host. */
export interface BundleReference {
  /** `s3://BUCKET/host/SHA-256.tar` */
  readonly address: string;
  /** Of the archive, in hexadecimal: the bundle's id. */
  readonly sha256: string;
}

/**
 * What a host runs: the content of the parameter `desired`. It is rendered from the same specifications as every other
 * host's services; linnix-release knows no service by name. `release` is the hash of everything else in the document.
 */
export interface DesiredState {
  readonly schema: typeof protocolSchema;
  readonly release: string;
  readonly stack: string;
  /** The host bundle that applies this release. */
  readonly bundle: BundleReference;
  /** How long the services have to become ready, in seconds. */
  readonly deadlineSeconds: number;
  readonly login?: RegistryLogin;
  readonly secrets: Readonly<Record<string, SecretReference>>;
  /** Bridge networks to create. */
  readonly networks: readonly string[];
  readonly folders: readonly Folder[];
  /** In the order in which they start. */
  readonly steps: readonly Step[];
}

/** Progress or outcome of the latest release: the content of the parameter `result`, of 3,800 bytes at most. */
export interface ReleaseResult {
  /** Null if the host could not find out which release is desired. */
  readonly release: string | null;
  readonly outcome: "running" | "healthy" | "rolled-back" | "failed";
  readonly phase: "fetch" | "pull" | "steps" | "swap" | "probe" | "done";
  /** The step that it is about. */
  readonly step: string | null;
  /** A sentence. */
  readonly detail: string;
  /** When it was written, ISO 8601, by the host's clock. */
  readonly at: string;
  /** Time since the host began to work on the release. */
  readonly seconds: number;
  /** What the failed service answered to its probe. */
  readonly answer: Answer | null;
  /** The last log lines of the failed step. */
  readonly log: readonly string[];
  /** The release that was restored and is healthy again. */
  readonly restored: string | null;
}

/** One service as the host observes it. */
export interface HostService {
  readonly state: string;
  readonly running: boolean;
  readonly restarts: number;
  readonly ready: Answer | null;
  readonly live: Answer | null;
  /** Absent if the service has no such probe. */
  readonly rules?: Answer | null;
  readonly log: readonly string[];
  /** Absent if it does not run, if the engine does not report it, and in the parameter `health`. */
  readonly usage?: Usage;
}

/** What `linnix-release status --json` prints. The parameter `health` has a shortened form of it. */
export interface HostObservation {
  readonly schema: number;
  /** The release that runs; null before the first one. */
  readonly release: string | null;
  /** The release that the host was last asked to run. */
  readonly desired: string | null;
  readonly kernel: string;
  /** A sentence each. */
  readonly problems: readonly string[];
  readonly memoryUsedPercent: number;
  readonly rootUsedPercent: number;
  /** Null if the data volume is not mounted. */
  readonly dataUsedPercent: number | null;
  /** By name of the step. */
  readonly services: Readonly<Record<string, HostService>>;
  /** The containers that run to their end, by name of the step. */
  readonly steps: Readonly<Record<string, { readonly exitCode: number; readonly output: string }>>;
  /** The outcome of the latest release; null before the first one. */
  readonly last: ReleaseResult | null;
  readonly healthy: boolean;
}
