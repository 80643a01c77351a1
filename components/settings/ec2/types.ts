/** The settings of an EC2 host: the part of {@link Settings} that only such a stack has. */

import type { Destination } from "./egress";
import type { Proxy } from "../../services/proxy";
import type { SessionTargets } from "./session-arns";

/** CPU architecture by its OCI name. */
export type Architecture = "amd64" | "arm64";

/** The operating systems of a host; components/hosts/ec2/machine/systems.ts has their differences. */
export type SystemName = "al2023" | "debian13";

/** The machine image that the host starts from. */
export type MachineImage =
  /** The newest when the host is created, kept for the host's lifetime. */
  | { readonly kind: "pinned" }
  /** The newest at every update: a newer image replaces the host. */
  | { readonly kind: "newest" }
  | { readonly kind: "given"; readonly id: string };

/** The host's network: `own` is created by the stack, `existing` is not. */
export type NetworkSettings =
  | { readonly kind: "own"; readonly cidr: string; readonly private: boolean }
  | { readonly kind: "existing"; readonly vpcId: string; readonly subnetId: string; readonly private: boolean };

/** A proxy, and the parts of its address. */
export interface ProxySettings extends Proxy {
  /** Name or IPv4 address. */
  readonly host: string;
  readonly port: number;
}

/** An EC2 host and its AWS resources. */
export interface Ec2Settings {
  readonly kind: "ec2";
  /** `aws:region`. */
  readonly region: string;
  readonly system: SystemName;
  readonly instanceType: string;
  /** That of the instance type. */
  readonly architecture: Architecture;
  readonly machineImage: MachineImage;
  readonly network: NetworkSettings;
  /** What the account's preferences of Session Manager name; all empty if they neither encrypt nor log sessions. */
  readonly sessions: SessionTargets;
  /** What the host may reach in addition to HTTPS. */
  readonly egress: readonly Destination[];
  /** Default: the host reaches everything directly. */
  readonly proxy?: ProxySettings;
  /** Size of the root volume: system, engine and images. */
  readonly rootGiB: number;
  /** Size of the data volume: model and incidents. It outlives the host. */
  readonly dataGiB: number;
  /** Id of an existing volume that becomes the data volume. Default: the stack creates one. */
  readonly dataVolume?: string;
  /** Size of the swap file; 0 for none. */
  readonly swapMiB: number;
  /** Termination protection; data volume, repositories and logs are kept when the stack is destroyed. */
  readonly protect: boolean;
  /** Days that logs are kept; one of CloudWatch's retention periods. */
  readonly logDays: number;
  readonly flowLogs: boolean;
  /** Recipients of alarms; may be empty. */
  readonly alarmEmails: readonly string[];
  /** Days that daily snapshots of the data volume are kept; 0 for no snapshots. */
  readonly snapshotDays: number;
  /** ARN of the permissions boundary of the stack's roles. None by default. */
  readonly permissionsBoundary?: string;
  /** A KMS key of the stack for volumes, repositories, logs and parameters; AWS's own keys otherwise. */
  readonly customerKey: boolean;
  /** Value of the tag `Owner`. */
  readonly owner: string;
  /** Additional tags; may be empty. */
  readonly tags: Readonly<Record<string, string>>;
}
