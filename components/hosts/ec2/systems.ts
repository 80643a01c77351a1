/**
 * What differs between the operating systems that the EC2 host can run, as a table: a further system is one entry here,
 * or one entry and one script like host/dnf.sh when its package manager is a new one.
 */
import type { Architecture, SystemName } from "../../settings/ec2";

/** Where an agent's package comes from when it is in no repository of the system's. */
export interface AgentPackages {
  /** Address of the SSM agent's package file. */
  readonly ssm?: string;
  /** Address of the CloudWatch agent's package file. */
  readonly cloudwatch?: string;
}

/** One operating system. */
export interface System {
  /** For messages and the README. */
  readonly title: string;
  /** The public SSM parameter that holds the id of its newest machine image. */
  readonly imageParameter: (architecture: Architecture) => string;
  /** The user that the image has for people; nobody logs in as it but through SSM. */
  readonly user: string;
  /** The Python 3.9 or newer that cloud-init runs on, so that it is always there. */
  readonly python: string;
  /** Names the script under host/ that knows it. */
  readonly packageManager: "apt" | "dnf";
  /**
   * What must be installed. Agents are left out: a host whose logs aren't shipped still works, one without an engine
   * doesn't.
   */
  readonly packages: readonly string[];
  /** Empty where the package manager has both. */
  readonly agents: (region: string, architecture: Architecture) => AgentPackages;
}

/** `x86_64` and `arm64`: Amazon's spelling. */
const amazonArchitecture: Record<Architecture, string> = { amd64: "x86_64", arm64: "arm64" };

/** The systems by the name that `linnix:system` gives them. */
export const systems: Readonly<Record<SystemName, System>> = {
  al2023: {
    title: "Amazon Linux 2023, kernel 6.12",
    // Not `kernel-default`, which moves to newer kernels; not the minimal image, which lacks the SSM agent.
    imageParameter: (architecture) =>
      `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.12-${amazonArchitecture[architecture]}`,
    user: "ec2-user",
    python: "/usr/bin/python3",
    packageManager: "dnf",
    // The AWS CLI and the SSM agent are part of the image. Its `curl-minimal` stays: `curl` conflicts with it.
    packages: ["docker", "amazon-ecr-credential-helper", "iptables-nft", "e2fsprogs", "dnf-automatic"],
    agents: () => ({}),
  },
  debian13: {
    title: "Debian 13, kernel 6.12",
    imageParameter: (architecture) => `/aws/service/debian/release/13/latest/${architecture}`,
    user: "admin",
    python: "/usr/bin/python3",
    packageManager: "apt",
    packages: [
      // The client is a package of its own there, and only recommended by the engine.
      ...["docker.io", "docker-cli", "apparmor", "amazon-ecr-credential-helper", "awscli", "iptables"],
      ...["e2fsprogs", "ca-certificates", "curl", "unattended-upgrades"],
    ],
    // Over TLS from Amazon's own buckets of the region, as its manuals say; neither is in Debian.
    agents: (region, architecture) => ({
      ssm: `https://s3.${region}.amazonaws.com/amazon-ssm-${region}/latest/debian_${architecture}/amazon-ssm-agent.deb`,
      cloudwatch: `https://amazoncloudwatch-agent-${region}.s3.${region}.amazonaws.com/debian/${architecture}/latest/amazon-cloudwatch-agent.deb`,
    }),
  },
};

/** The oldest kernel on which cognitod's programs load (upstream's documentation). */
export const minimumKernel: Readonly<Record<Architecture, string>> = { amd64: "5.12", arm64: "5.18" };
