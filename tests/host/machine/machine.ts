import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "../../../scripts/lib/errors";
import type { RunResult } from "../../../scripts/lib/run";
import { type Namespace, tail } from "../world/namespace";
import { GuestAgent, type ShellOptions } from "./guest-agent";
import type { MachineImage } from "./image";
import { Monitor } from "./monitor";

/** A volume's id as EC2 has it; its serial is the id without the dash. */
export const dataVolume = "vol-0123456789abcdef0";
const rootVolume = "vol-0aaaaaaaaaaaaaaa1";

/** What a machine is started with. */
export interface Hardware {
  /** QCOW2 files, each in the world's folder. */
  readonly root: string;
  readonly data?: string;
  /** What the data volume hangs on, when the machine is started with it: it decides what the device is called. */
  readonly dataOn?: "nvme" | "virtio";
  readonly memoryMiB?: number;
}

/** Fields by which cloud-init knows an EC2 instance; the id begins with `ec2`. */
const smbios = [
  "type=0,vendor=Amazon EC2,version=1.0",
  "type=1,manufacturer=Amazon EC2,product=t3.large,serial=SERIAL,uuid=SERIAL",
].map((it) => it.replaceAll("SERIAL", "ec2a1b2c-3d4e-5f60-7182-93a4b5c6d7e8"));

/** A volume's drive and its device; the second half is what a running machine is given. */
function volume(name: "root" | "data", file: string, on: "nvme" | "virtio" = "nvme"): string[] {
  const serial = { root: rootVolume, data: dataVolume }[name].replace("-", "");
  const driver = { nvme: "nvme", virtio: "virtio-blk-pci" }[on];
  return [
    ...["-drive", `file=${file},if=none,id=${name},format=qcow2,discard=unmap`],
    ...["-device", `${driver},drive=${name},id=volume-${name},serial=${serial}`],
  ];
}

function emulator(image: MachineImage, hardware: Hardware, sockets: Record<"agent" | "monitor", string>, log: string) {
  const { root, data, dataOn, memoryMiB = 2560 } = hardware;
  return [
    ...["-nodefaults", "-display", "none", "-accel", "tcg,thread=multi", "-cpu", "max,la57=off", "-smp", "2"],
    ...["-m", String(memoryMiB), ...smbios.flatMap((it) => ["-smbios", it]), "-device", "virtio-rng-pci"],
    ...["-kernel", image.kernel, "-initrd", image.initrd],
    ...["-append", "root=LABEL=linnix-root rw console=ttyS0 panic=1 quiet mitigations=off systemd.show_status=0"],
    ...volume("root", root),
    ...(data === undefined ? [] : volume("data", data, dataOn)),
    ...["-netdev", "user,id=net,ipv6=off", "-device", "virtio-net-pci,netdev=net,id=nic,mac=52:54:00:12:34:56"],
    ...["-chardev", `file,id=console,path=${log},append=on`, "-serial", "chardev:console"],
    ...["-device", "virtio-serial", "-chardev", `socket,id=agent,path=${sockets.agent},server=on,wait=off`],
    ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
    ...["-qmp", `unix:${sockets.monitor},server=on,wait=off`],
  ];
}

/** An emulated EC2 instance: Debian 13, two processors, volumes with EBS's serials, EC2's SMBIOS fields. */
export class Machine {
  private constructor(
    private readonly inside: Namespace,
    private readonly child: ChildProcess,
    private readonly agent: GuestAgent,
    /** The serial console's log. */
    readonly console: string,
    readonly monitor: Monitor,
  ) {}

  private static started = 0;

  /** Switches one on; nothing of it is waited for. */
  static async start(inside: Namespace, image: MachineImage, hardware: Hardware): Promise<Machine> {
    const number = ++Machine.started;
    const socket = (name: string) => path.join(inside.folder, `${name}-${number}.socket`);
    const sockets = { agent: socket("agent"), monitor: socket("monitor") };
    const console = inside.log("console");
    const args = emulator(image, hardware, sockets, console);
    const child = inside.start({ place: "tools", name: "qemu", command: "qemu-system-x86_64", args });
    for (let tries = 0; !fs.existsSync(sockets.monitor) && tries < 100; tries++) {
      if (child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (!fs.existsSync(sockets.monitor)) throw new Failure(`qemu does not start:\n${tail(inside.log("qemu"))}`);
    return new Machine(inside, child, new GuestAgent(sockets.agent), console, await Monitor.connect(sockets.monitor));
  }

  /** Runs a shell script in the machine, as root, whatever its exit status. */
  tryShell(script: string, options?: ShellOptions): Promise<RunResult> {
    return this.agent.shell(script, options);
  }

  /** The same, for a script that must do; what it printed, trimmed. */
  async shell(script: string, options?: ShellOptions): Promise<string> {
    const { status, stdout, stderr } = await this.agent.shell(script, options);
    if (status !== 0) throw new Error(`${script}\nended with status ${status} in the machine:\n${stdout}\n${stderr}`);
    return stdout.trim();
  }

  /** Waits until commands can be given: half a minute after power-on on an idle machine. */
  async up(seconds = 240): Promise<void> {
    try {
      await this.agent.ready(seconds);
    } catch (error) {
      throw new Failure(`${(error as Error).message}; the console says:\n${tail(this.console)}`);
    }
  }

  /** Has the system end by itself, and waits for that; in 2 minutes the power is taken away. */
  async shutDown(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    await this.monitor.ask("system_powerdown");
    const timer = setTimeout(() => void this.cutPower(), 120_000);
    await ended;
    clearTimeout(timer);
    this.agent.close();
    this.monitor.close();
  }

  /** Takes the power away: what the machine had not written to its volumes is lost. */
  async cutPower(): Promise<void> {
    this.agent.close();
    this.monitor.close();
    await this.inside.kill(this.child);
  }

  /** Attaches the data volume to the running machine, as EC2 does when the instance is there. */
  async attach(file: string): Promise<void> {
    const node = { "node-name": "data", driver: "qcow2", file: { driver: "file", filename: file } };
    await this.monitor.ask("blockdev-add", node);
    const serial = dataVolume.replace("-", "");
    await this.monitor.ask("device_add", { driver: "nvme", id: "volume-data", drive: "data", serial, bus: "pci.0" });
  }

  /** Tears the data volume out of the running machine: when this is done its file is free. */
  async detach(): Promise<void> {
    await this.monitor.ask("device_del", { id: "volume-data" });
    const there = async () => {
      const devices = (await this.monitor.ask("qom-list", { path: "/machine/peripheral" })) as { name: string }[];
      return devices.some(({ name }) => name === "volume-data");
    };
    for (let tries = 0; await there(); tries++) {
      if (tries > 120) throw new Error("the machine does not let its data volume go");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    // That of a machine which was started with it goes by itself.
    await this.monitor.ask("blockdev-del", { "node-name": "data" }).catch(() => undefined);
  }

  /** Pulls the network's plug, or puts it back. */
  async link(up: boolean): Promise<void> {
    await this.monitor.ask("set_link", { name: "nic", up });
  }
}
