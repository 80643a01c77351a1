/** What an EC2 stack can be told, typed: the part of {@link Settings} that only such a stack has. */

/** CPU architecture as OCI names it. */
export type Architecture = "amd64" | "arm64";

/** An operating system that the host can run; components/hosts/ec2/systems.ts says what differs. */
export type SystemName = "al2023" | "debian13";

/** Which machine image the host starts from. */
export type MachineImage =
  /** The newest when the host is made, and then that one for as long as the host lives. */
  | { readonly kind: "pinned" }
  /** The newest at every update: a newer image replaces the host. */
  | { readonly kind: "newest" }
  | { readonly kind: "given"; readonly id: string };

/** Where the host stands in the network. */
export type NetworkSettings =
  | { readonly kind: "own"; readonly cidr: string; readonly private: boolean }
  | { readonly kind: "existing"; readonly vpcId: string; readonly subnetId: string; readonly private: boolean };

/** An EC2 host and what belongs to it. */
export interface Ec2Settings {
  readonly kind: "ec2";
  /** `aws:region`. */
  readonly region: string;
  readonly system: SystemName;
  readonly instanceType: string;
  /** Follows from the instance type. */
  readonly architecture: Architecture;
  readonly machineImage: MachineImage;
  readonly network: NetworkSettings;
  /** Root volume: system, engine and images. */
  readonly rootGiB: number;
  /** Data volume: model and incidents; outlives the host. */
  readonly dataGiB: number;
  /** Swap file; 0: none. */
  readonly swapMiB: number;
  /** Termination protection; data volume, repositories and logs survive the stack. */
  readonly protect: boolean;
  /** Days that logs are kept; one of the numbers that CloudWatch knows. */
  readonly logDays: number;
  readonly flowLogs: boolean;
  readonly alarmEmails: readonly string[];
  /** Days that daily snapshots of the data volume are kept; 0: none are made. */
  readonly snapshotDays: number;
  /** ARN of a policy that bounds the host's role. */
  readonly permissionsBoundary?: string;
  /** A KMS key of the stack's own for volumes, repositories, logs and parameters; AWS's own keys otherwise. */
  readonly customerKey: boolean;
  /** Goes into the `owner` tag. */
  readonly owner: string;
  /** Further tags. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Where images are pushed to and pulled from. */
export type RegistrySettings =
  /** They stay on the engine that built them. */
  | { readonly kind: "none" }
  /** Repositories of the stack's own in ECR. */
  | { readonly kind: "ecr" }
  /** `address` without scheme, with a path where the registry wants one: `ghcr.io/my-org`. The password is a secret. */
  | { readonly kind: "any"; readonly address: string; readonly user: string };

/** Images that are not built but taken as they are: `repository@sha256:…` each. */
export interface PrebuiltImages {
  readonly cognitod: string;
  readonly llama: string;
}
