import * as fs from "node:fs";
import * as path from "node:path";

import { systems } from "../../../components/hosts/ec2/machine/systems";
import { type Home, projectFolder } from "../../../scripts/lib/home";
import type { Step } from "../../../scripts/lib/progress";
import { run } from "../../../scripts/lib/run";
import { debianRoot, keyOf, once } from "../roots/roots";

/** The packages of Debian's machine images for EC2 that matter here. */
const likeDebians = [
  ...["systemd", "systemd-sysv", "systemd-resolved", "systemd-timesyncd", "udev", "dbus", "apparmor"],
  ...["linux-image-cloud-amd64", "initramfs-tools", "zstd"],
  ...["cloud-init", "netplan.io", "ca-certificates", "curl", "sudo", "unattended-upgrades"],
  ...["e2fsprogs", "fdisk", "iproute2", "iputils-ping", "kmod", "netbase", "openssh-server", "procps", "python3"],
];

/** The packages that user data installs; they are preinstalled, because the machine can't reach a package archive. */
const installed = systems.debian13.packages;

/** Replaces the SSM agent, for which Debian has no package. */
const agent = ["qemu-guest-agent"];

/** A read-only machine image; machines write to overlays. */
export interface MachineImage {
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

/** The root volume's size in GiB. */
const rootGiB = 10;

/**
 * A machine image of Debian 13 like EC2's, built once (3 minutes, 1 GB): Debian's packages, the packages that user data
 * would install, a certificate authority, a udev rule and the guest agent.
 */
export async function ensureImage(home: Home, step: Step, authority: string): Promise<MachineImage> {
  const here = (name: string) => path.join(__dirname, name);
  const packages = [...likeDebians, ...installed, ...agent];
  const recipe = [
    here("image.sh"),
    here("ebs.rules"),
    path.join(__dirname, "..", "roots", "debian-root.sh"),
    authority,
  ];
  const folder = await once(home, "machine", keyOf(recipe, ...packages), step, async (part) => {
    step.say("making a Debian 13 machine (3 minutes)");
    const root = path.join(part, "root");
    await debianRoot(home, step, root, packages, "world-machine.log");
    const args = [here("image.sh"), root, part, authority, here("ebs.rules"), String(rootGiB)];
    const command = ["--mount", "--propagation", "private", "sh", ...args];
    await run("unshare", command, { log: path.join(home.logs, "world-machine.log"), cwd: projectFolder });
    fs.rmSync(root, { recursive: true });
  });
  const file = (name: string) => path.join(folder, name);
  return { disk: file("disk.img"), kernel: file("vmlinuz"), initrd: file("initrd") };
}
