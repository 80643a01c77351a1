/**
 * The operating systems that the EC2 host can run, as a table. Another system needs one entry here, and a script like
 * host/dnf.sh if its package manager is neither apt nor dnf.
 */
import type { Architecture, SystemName } from "../../../settings/ec2/types";

/** Addresses of a package file. */
export interface PackageAddresses {
  /** In the region's bucket, which a private network reaches. */
  readonly regional: string;
  /** For a region that has no such bucket. */
  readonly global: string;
}

/** The agents whose packages are in none of the system's repositories. */
export interface AgentPackages {
  readonly ssm?: PackageAddresses;
  readonly cloudwatch?: PackageAddresses;
}

/** One operating system. */
export interface System {
  /** The public SSM parameter with the id of its newest machine image. */
  readonly imageParameter: (architecture: Architecture) => string;
  /** Names the script under host/ that uses it. */
  readonly packageManager: "apt" | "dnf";
  /**
   * Packages without which first boot fails. The agents are not among them: a host whose logs are not shipped still
   * works, one without an engine does not.
   */
  readonly packages: readonly string[];
  /** Empty if the package manager has both. */
  readonly agents: (region: string, architecture: Architecture) => AgentPackages;
}

/** Amazon's names of the architectures. */
const amazonArchitecture: Record<Architecture, string> = { amd64: "x86_64", arm64: "arm64" };

/** The systems by their names in `linnix:system`. */
export const systems: Readonly<Record<SystemName, System>> = {
  al2023: {
    // Not `kernel-default`, which moves to newer kernels; not the minimal image, which lacks the SSM agent.
    imageParameter: (architecture) =>
      `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.12-${amazonArchitecture[architecture]}`,
    packageManager: "dnf",
    // The AWS CLI and the SSM agent are part of the image. Its `curl-minimal` stays: `curl` conflicts with it.
    packages: [
      "docker",
      "amazon-ecr-credential-helper",
      "iptables-nft",
      "e2fsprogs",
      "cloud-utils-growpart",
      "dnf-automatic",
    ],
    agents: () => ({}),
  },
  debian13: {
    imageParameter: (architecture) => `/aws/service/debian/release/13/latest/${architecture}`,
    packageManager: "apt",
    packages: [
      // The client is a separate package, which the engine's package only recommends.
      "docker.io",
      "docker-cli",
      "apparmor",
      "amazon-ecr-credential-helper",
      "awscli",
      "iptables",
      "e2fsprogs",
      // growpart.
      "cloud-guest-utils",
      "ca-certificates",
      "curl",
      "unattended-upgrades",
    ],
    // From Amazon's buckets, as its manuals describe; Debian has neither.
    agents: (region, architecture) => {
      const ssm = `debian_${architecture}/amazon-ssm-agent.deb`;
      const cloudwatch = `debian/${architecture}/latest/amazon-cloudwatch-agent.deb`;
      return {
        ssm: {
          regional: `https://s3.${region}.amazonaws.com/amazon-ssm-${region}/latest/${ssm}`,
          global: `https://s3.amazonaws.com/ec2-downloads-windows/SSMAgent/latest/${ssm}`,
        },
        cloudwatch: {
          regional: `https://amazoncloudwatch-agent-${region}.s3.${region}.amazonaws.com/${cloudwatch}`,
          global: `https://amazoncloudwatch-agent.s3.amazonaws.com/${cloudwatch}`,
        },
      };
    },
  },
};

/** The oldest kernel on which cognitod's programs load (upstream's documentation). */
export const minimumKernel: Readonly<Record<Architecture, string>> = { amd64: "5.12", arm64: "5.18" };
