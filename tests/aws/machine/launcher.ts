/**
 * Boots a virtual machine for the instance that the API has, with the instance's own user data, type, role and volumes, and
 * reports the machine's state back to the API. One machine runs at a time; a second instance waits, pending.
 */
import * as fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Instance,
} from "@aws-sdk/client-ec2";

import type { Machine } from "../../host/machine/machine";
import type { World } from "../../host/world/world";
import { region } from "../../host/world/addresses";

/** A machine, and the instance that it is. */
interface Running {
  readonly id: string;
  readonly machine: Machine;
  readonly root: string;
  /** The attached data volume. */
  data: string | undefined;
  /** Its guest agent has answered: it counts as registered with Systems Manager. */
  registered: boolean;
}

/** Follows the API's instances. */
export class Launcher {
  private readonly ec2: EC2Client;
  private running: Running | undefined;
  private readonly roots = new Map<string, string>();
  private readonly volumes = new Map<string, string>();
  private stopped = false;
  private loop: Promise<void> | undefined;
  /** Why the last round failed; undefined if it did not. */
  problem: string | undefined;
  /** The number of machines that were powered on. */
  boots = 0;

  constructor(
    private readonly world: World,
    private readonly emulator: string,
    private readonly say: (text: string) => void,
  ) {
    // Suppress the SDK's warning about the Node version, as the rollout does.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    const credentials = { accessKeyId: "launcher", secretAccessKey: "launcher" };
    this.ec2 = new EC2Client({ endpoint: emulator, region, credentials });
  }

  /** Follows the instances until {@link close}. */
  start(): void {
    this.loop = (async () => {
      while (!this.stopped) {
        this.problem = await this.round().catch(String);
        if (this.problem !== undefined) this.say(`the launcher: ${this.problem}`);
        await pause(1000);
      }
    })();
  }

  /** The machine of an instance whose agent has answered. */
  machine(instanceId: string): Machine | undefined {
    const { running } = this;
    return running?.id === instanceId && running.registered ? running.machine : undefined;
  }

  /** The machine that runs now, whether or not its agent has answered. */
  current(): Machine | undefined {
    return this.running?.machine;
  }

  /** The ids of all instances that have a machine. */
  instances(): string[] {
    return this.running === undefined ? [] : [this.running.id];
  }

  async close(): Promise<void> {
    this.stopped = true;
    await this.loop;
    await this.running?.machine.cutPower();
    this.running = undefined;
    this.ec2.destroy();
  }

  private async round(): Promise<undefined> {
    const { Reservations = [] } = await this.ec2.send(new DescribeInstancesCommand({}));
    const all = Reservations.flatMap(({ Instances = [] }) => Instances);
    // Machines end before another one starts.
    for (const instance of all) await this.end(instance);
    for (const instance of all) await this.begin(instance);
    for (const instance of all) await this.followVolume(instance);
    return undefined;
  }

  private async report(id: string, state: string): Promise<void> {
    const { ok, status } = await fetch(`${this.emulator}/box/instances/${id}`, { method: "PUT", body: state });
    if (!ok) throw new Error(`${id} ${state}: the emulator answers ${status}`);
    this.say(`instance ${id}: ${state}`);
  }

  private async end({ InstanceId: id = "", State: state }: Instance): Promise<void> {
    const final = ({ stopping: "stopped", "shutting-down": "terminated" } as const)[String(state?.Name)];
    if (final === undefined) return;
    if (this.running?.id === id) {
      await this.running.machine.shutDown();
      this.running = undefined;
    }
    if (final === "terminated") {
      fs.rmSync(this.roots.get(id) ?? "", { force: true });
      this.roots.delete(id);
    }
    await this.report(id, final);
  }

  private async begin(instance: Instance): Promise<void> {
    const { InstanceId: id = "", State: state } = instance;
    if (state?.Name !== "pending" || this.running !== undefined) return;
    const mappings = instance.BlockDeviceMappings ?? [];
    const rootId = mappings.find(({ DeviceName }) => DeviceName === instance.RootDeviceName)?.Ebs?.VolumeId ?? "";
    const dataId = mappings.find(({ Ebs }) => Ebs?.VolumeId !== rootId)?.Ebs?.VolumeId;
    const attribute = { InstanceId: id, Attribute: "userData" } as const;
    const { UserData } = await this.ec2.send(new DescribeInstanceAttributeCommand(attribute));
    const root = this.roots.get(id) ?? (await this.disk(rootId, true));
    this.roots.set(id, root);
    const data = dataId === undefined ? undefined : await this.dataDisk(dataId);
    const machine = await this.world.start(
      {
        id,
        userData: UserData?.Value ?? "",
        role: (instance.IamInstanceProfile?.Arn ?? "").split("/").pop() ?? "",
        type: instance.InstanceType ?? "",
        zone: instance.Placement?.AvailabilityZone ?? "",
      },
      {
        root,
        ...(data === undefined ? {} : { data }),
        volumes: { root: rootId, data: dataId ?? "" },
        type: instance.InstanceType ?? "",
      },
    );
    this.boots += 1;
    const running: Running = { id, machine, root, data: dataId, registered: false };
    this.running = running;
    await this.report(id, "running");
    machine.up(600).then(
      () => (running.registered = true),
      (error: unknown) => {
        this.say(`instance ${id}: its agent does not answer: ${String(error)}`);
      },
    );
  }

  /** Attaches or detaches the data volume of a running machine. */
  private async followVolume(instance: Instance): Promise<void> {
    const { running } = this;
    if (running === undefined || running.id !== instance.InstanceId) return;
    const data = (instance.BlockDeviceMappings ?? []).find(({ DeviceName }) => DeviceName !== instance.RootDeviceName);
    const id = data?.Ebs?.VolumeId;
    if (id === running.data) return;
    if (running.data !== undefined) await running.machine.detach();
    running.data = undefined;
    if (id === undefined) return;
    await running.machine.attach(await this.dataDisk(id), { volume: id });
    running.data = id;
    this.say(`instance ${running.id}: has the volume ${id}`);
  }

  private async dataDisk(id: string): Promise<string> {
    const known = this.volumes.get(id);
    if (known !== undefined) return known;
    const disk = await this.disk(id, false);
    this.volumes.set(id, disk);
    return disk;
  }

  /** The disk of a volume, of the volume's size; the root volume has the system on it. */
  private async disk(id: string, system: boolean): Promise<string> {
    const { Volumes = [] } = await this.ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
    return this.world.disk(id, { gib: Volumes[0]?.Size ?? 10, system });
  }
}
