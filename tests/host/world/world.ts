import * as fs from "node:fs";
import * as path from "node:path";
import { pathToFileURL } from "node:url";

import { ensureFolder, type Home } from "../../../scripts/lib/home";
import type { Step } from "../../../scripts/lib/progress";
import { freePort } from "../../fixtures/free-ports";
import { ensureImage, type MachineImage } from "../machine/image";
import { type Hardware, Machine } from "../machine/machine";
import { worldFolder } from "../roots/roots";
import { account, addresses, type Gate, names, region } from "./addresses";
import { ensureCertificates } from "./certificates";
import { Control } from "./control";
import type { Instance } from "./metadata";
import type { Mode } from "./gate";
import { line, Namespace } from "./namespace";
import { inner } from "./ports";
import { Registry } from "./registry";
import type { ServersOptions } from "./servers";
import { ensureTools } from "./tools";

/** The number of runs whose logs are kept. */
const keptRuns = 10;

function removeButLogs(folder: string): void {
  for (const name of fs.readdirSync(folder).filter((it) => !it.endsWith(".log")))
    fs.rmSync(path.join(folder, name), { recursive: true, force: true });
}

/** Creates a folder for this run. Deletes the disks of killed runs, and old folders. */
function runFolder(runs: string): string {
  const byAge = (name: string) => fs.statSync(path.join(runs, name)).mtimeMs;
  const ended = fs.readdirSync(runs).filter((name) => !fs.existsSync(`/proc/${name.split("-")[0] ?? ""}`));
  for (const name of ended) removeButLogs(path.join(runs, name));
  const old = ended.sort((a, b) => byAge(b) - byAge(a)).slice(keptRuns);
  for (const name of old) fs.rmSync(path.join(runs, name), { recursive: true, force: true });
  return fs.mkdtempSync(path.join(runs, `${process.pid}-`));
}

/** How a world differs from the usual one. */
export interface WorldOptions {
  /** Name, in the world's folder, of the Unix socket of the AWS API. Default: moto, in the world. */
  readonly api?: string;
  /** Further names, and their addresses in the world; see {@link answerQuestion}. Default: none. */
  readonly names?: Readonly<Record<string, string>>;
  /** An address of this machine at which its engine pushes images by ECR's name. Default: none. */
  readonly registry?: string;
  /** Whether machines can be started, which needs an image. Default: true. */
  readonly machines?: boolean;
}

/** A simulated AWS: its names resolve to local servers, and its machines start like EC2 instances. */
export class World {
  private constructor(
    /** In which everything runs. */
    readonly namespace: Namespace,
    private readonly image: MachineImage | undefined,
    readonly registry: Registry,
    readonly control: Control,
  ) {}

  /** Creates a world, which always ends with this process. Its logs are kept in its folder. */
  static async make(home: Home, step: Step, options: WorldOptions = {}): Promise<World> {
    const certificates = await ensureCertificates(home, step);
    const tools = await ensureTools(home, step);
    const { machines = true } = options;
    const image = machines ? await ensureImage(home, step, certificates.authority) : undefined;
    const shared = worldFolder(home);
    const folder = runFolder(ensureFolder(path.join(shared, "runs")));
    const inside = await Namespace.make({ tools, shared, folder }, Object.values(addresses), addresses.dns);
    try {
      if (options.api === undefined) {
        const moto = { place: "tools", name: "moto", command: "moto_server" } as const;
        const started = inside.start({ ...moto, args: ["-H", "127.0.0.1", "-p", String(inner.moto)] });
        await line(started, /Running on/, 60, inside.log("moto"));
      }
      const socket = path.join(folder, "control.socket");
      const { certificate, key } = certificates;
      const script = path.join(__dirname, "servers.ts");
      // With its absolute path, because a process that enters the namespace starts in the root folder.
      const loader = pathToFileURL(require.resolve("tsx")).href;
      const argument: ServersOptions = {
        ...{ control: socket, certificate, key },
        names: { ...names, ...options.names },
        api: options.api === undefined ? undefined : path.join(folder, options.api),
      };
      const node = { place: "machine", name: "servers", command: process.execPath } as const;
      const servers = inside.start({ ...node, args: ["--import", loader, script, JSON.stringify(argument)] });
      await line(servers, /^ready$/m, 60, inside.log("servers"));
      const registry = await Registry.start(inside, certificates, await freePort(), options.registry);
      return new World(inside, image, registry, new Control(socket));
    } catch (error) {
      await inside.close();
      throw error;
    }
  }

  /** The folder of logs, sockets and disks. */
  get folder(): string {
    return this.namespace.folder;
  }

  /**
   * Creates a disk: an overlay of another disk, or of the machine image (`system`), or an empty one of a size in GiB. An
   * overlay of the machine image may be larger than that.
   */
  async disk(
    name: string,
    from: { readonly over?: string; readonly gib?: number; readonly system?: boolean } = {},
  ): Promise<string> {
    const file = path.join(this.folder, `${name}.qcow2`);
    const { over, gib, system = gib === undefined } = from;
    const base =
      over !== undefined ? ["-b", over, "-F", "qcow2"] : system ? ["-b", this.systemImage().disk, "-F", "raw"] : [];
    const args = ["create", "-q", "-f", "qcow2", ...base, file];
    const size = gib === undefined ? [] : [`${gib}G`];
    const made = await this.namespace.tryRun({ place: "tools", command: "qemu-img", args: [...args, ...size] });
    if (made.status !== 0) throw new Error(`qemu-img: ${made.stderr}`);
    return file;
  }

  /** Powers a machine on, as an instance with this id and this user data. */
  async start(instance: Omit<Instance, "region" | "account">, hardware: Hardware): Promise<Machine> {
    await this.control.instance({ ...instance, region, account });
    return Machine.start(this.namespace, this.systemImage(), hardware);
  }

  private systemImage(): MachineImage {
    if (this.image === undefined) throw new Error("this world was made without machines");
    return this.image;
  }

  /** Makes a server unreachable for the machine, or reachable again. */
  gate(name: Gate, mode: Mode): Promise<void> {
    return this.control.gate(name, mode);
  }

  /** The number of downloads of the model. */
  modelsServed(): number {
    return fs.readFileSync(this.namespace.log("servers"), "utf8").split("model served").length - 1;
  }

  /** Ends all processes; keeps the logs. */
  async close(): Promise<void> {
    await this.namespace.close();
    removeButLogs(this.folder);
  }
}
