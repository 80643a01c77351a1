import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { Failure } from "../../../scripts/lib/errors";
import type { RunResult } from "../../../scripts/lib/run";
import { type Namespace, tail } from "../world/namespace";
import { GuestAgent, type ShellOptions } from "./guest-agent";
import type { MachineImage } from "./image";
import { Monitor } from "./monitor";

/** Volumes' ids in EC2's format, by default; a volume's serial number is its id without the dash. */
const volumeIds = { root: "vol-0aaaaaaaaaaaaaaa1", data: "vol-0123456789abcdef0" };

/** Options of a machine. */
export interface Hardware {
  /** QCOW2 files in the world's folder. */
  readonly root: string;
  readonly data?: string;
  /** The data volume's bus if the machine is started with the volume; it determines the device name. */
  readonly dataOn?: "nvme" | "virtio";
  readonly memoryMiB?: number;
  /** The volumes' ids. Default: {@link volumeIds}. */
  readonly volumes?: Readonly<Record<"root" | "data", string>>;
  /** The instance type, for the SMBIOS fields. Default: t3.large. */
  readonly type?: string;
}

/** SMBIOS fields by which cloud-init detects an EC2 instance; the id begins with `ec2`. */
const smbios = (type: string): string[] =>
  [
    "type=0,vendor=Amazon EC2,version=1.0",
    `type=1,manufacturer=Amazon EC2,product=${type},serial=SERIAL,uuid=SERIAL`,
  ].map((it) => it.replaceAll("SERIAL", "ec2a1b2c-3d4e-5f60-7182-93a4b5c6d7e8"));

/** A volume's drive and its device; only the device is added to a running machine. */
function volume(name: "root" | "data", id: string, file: string, on: "nvme" | "virtio" = "nvme"): string[] {
  const serial = id.replace("-", "");
  const driver = { nvme: "nvme", virtio: "virtio-blk-pci" }[on];
  return [
    ...["-drive", `file=${file},if=none,id=${name},format=qcow2,discard=unmap`],
    ...["-device", `${driver},drive=${name},id=volume-${name},serial=${serial}`],
  ];
}

function emulator(image: MachineImage, hardware: Hardware, sockets: Record<"agent" | "monitor", string>, log: string) {
  const { root, data, dataOn, memoryMiB = 2560, volumes = volumeIds, type = "t3.large" } = hardware;
  return [
    ...["-nodefaults", "-display", "none", "-accel", "tcg,thread=multi", "-cpu", "max,la57=off", "-smp", "2"],
    ...["-m", String(memoryMiB), ...smbios(type).flatMap((it) => ["-smbios", it]), "-device", "virtio-rng-pci"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...["-append", "root=LABEL=linnix-root rw console=ttyS0 panic=1 quiet mitigations=off systemd.show_status=0"],
    ...volume("root", volumes.root, root),
    ...(data === undefined ? [] : volume("data", volumes.data, data, dataOn)),
    ...["-netdev", "user,id=net,ipv6=off", "-device", "virtio-net-pci,netdev=net,id=nic,mac=52:54:00:12:34:56"],
    ...["-chardev", `file,id=console,path=${log},append=on`, "-serial", "chardev:console"],
    ...["-device", "virtio-serial", "-chardev", `socket,id=agent,path=${sockets.agent},server=on,wait=off`],
    ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
    ...["-qmp", `unix:${sockets.monitor},server=on,wait=off`],
  ];
}

/** An emulated EC2 instance: Debian 13, two CPUs, volumes with EBS's serial numbers, EC2's SMBIOS fields. */
export class Machine {
  private constructor(
    private readonly inside: Namespace,
    private readonly child: ChildProcess,
    private readonly agent: GuestAgent,
    /** The serial console's log. */
    readonly console: string,
    readonly monitor: Monitor,
    private readonly dataVolume: string,
  ) {}

  private static started = 0;

  /** Powers a machine on without waiting for it. */
  static async start(inside: Namespace, image: MachineImage, hardware: Hardware): Promise<Machine> {
    const number = ++Machine.started;
    const socket = (name: string) => path.join(inside.folder, `${name}-${number}.socket`);
    const sockets = { agent: socket("agent"), monitor: socket("monitor") };
    const console = inside.log("console");
    const args = emulator(image, hardware, sockets, console);
    const child = inside.start({ place: "tools", name: "qemu", command: "qemu-system-x86_64", args });
    for (let tries = 0; !fs.existsSync(sockets.monitor) && tries < 100; tries++) {
      if (child.exitCode !== null) break;
      await pause(100);
    }
    if (!fs.existsSync(sockets.monitor)) throw new Failure(`qemu does not start:\n${tail(inside.log("qemu"))}`);
    const monitor = await Monitor.connect(sockets.monitor);
    const { data } = hardware.volumes ?? volumeIds;
    return new Machine(inside, child, new GuestAgent(sockets.agent), console, monitor, data);
  }

  /** Runs a shell script in the machine as root; returns the result even if it fails. */
  tryShell(script: string, options?: ShellOptions): Promise<RunResult> {
    return this.agent.shell(script, options);
  }

  /** The same for a script that must succeed; returns its trimmed output. */
  async shell(script: string, options?: ShellOptions): Promise<string> {
    const { status, stdout, stderr } = await this.agent.shell(script, options);
    if (status !== 0) throw new Error(`${script}\nended with status ${status} in the machine:\n${stdout}\n${stderr}`);
    return stdout.trim();
  }

  /** Waits until commands can be run: half a minute after power-on on an idle machine. */
  async up(seconds = 240): Promise<void> {
    try {
      await this.agent.ready(seconds);
    } catch (error) {
      throw new Failure(`${(error as Error).message}; the console says:\n${tail(this.console)}`);
    }
  }

  /** Shuts the system down and waits for it; cuts the power after 2 minutes. */
  async shutDown(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    await this.monitor.ask("system_powerdown");
    const timer = setTimeout(() => void this.cutPower(), 120_000);
    await ended;
    clearTimeout(timer);
    this.agent.close();
    this.monitor.close();
  }

  /** Cuts the power: data that the machine has not written to its volumes is lost. */
  async cutPower(): Promise<void> {
    this.agent.close();
    this.monitor.close();
    await this.inside.kill(this.child);
  }

  /**
   * Attaches the data volume to the running machine, as EC2 does after the instance has started. Every read of an unreadable
   * volume fails with an I/O error.
   *
   * @param volume the volume's id. Default: the data volume's, as the machine was started with.
   */
  async attach(file: string, { unreadable = false, volume = this.dataVolume } = {}): Promise<void> {
    const image = { driver: "qcow2", file: { driver: "file", filename: file } };
    const errors = [{ event: "none", iotype: "read", errno: 5, once: false, immediately: false }];
    const node = unreadable ? { driver: "blkdebug", image, "inject-error": errors } : image;
    await this.monitor.ask("blockdev-add", { ...node, "node-name": "data" });
    const serial = volume.replace("-", "");
    await this.monitor.ask("device_add", { driver: "nvme", id: "volume-data", drive: "data", serial, bus: "pci.0" });
  }

  /** Detaches the data volume from the running machine by force; afterwards its file is free. */
  async detach(): Promise<void> {
    await this.monitor.ask("device_del", { id: "volume-data" });
    const devices = async () =>
      (await this.monitor.ask("qom-list", { path: "/machine/peripheral" })) as { readonly name: string }[];
    await this.gone(async () => (await devices()).every(({ name }) => name !== "volume-data"));
    // QEMU removes the drive itself if the machine was started with it, and reports one that the device still uses as busy.
    const removed = async (): Promise<boolean> => {
      const drives = (await this.monitor.ask("query-named-block-nodes")) as { readonly "node-name"?: string }[];
      if (drives.every((drive) => drive["node-name"] !== "data")) return true;
      await this.monitor.ask("blockdev-del", { "node-name": "data" }).catch(() => undefined);
      return false;
    };
    await this.gone(removed);
  }

  /** Waits until the data volume has gone, at most a minute. */
  private async gone(look: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await look()); tries++) {
      if (tries > 120) throw new Error("the machine does not let its data volume go");
      await pause(500);
    }
  }

  /** Disconnects or connects the network. */
  async link(up: boolean): Promise<void> {
    await this.monitor.ask("set_link", { name: "nic", up });
  }
}
