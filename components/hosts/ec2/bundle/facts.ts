import type { Architecture, ProxySettings, SystemName } from "../../../settings/ec2/types";

/** The settings from which a stack's host bundle is rendered. None of them is secret, and none is of one machine. */
export interface BundleFacts {
  readonly stack: string;
  /** The region's name, `eu-central-1`. */
  readonly region: string;
  readonly system: SystemName;
  readonly architecture: Architecture;
  /** Size of the swap file in MiB; 0: none. */
  readonly swapMiB: number;
  /** Default: none. */
  readonly proxy?: ProxySettings;
}
