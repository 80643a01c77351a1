/** The EC2 host that the tests of this layer share: created at the first use, removed after the last test. */
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import type { Bundle } from "../../components/hosts/ec2/bundle/bundle";
import type { HostObservation, ReleaseResult } from "../../components/hosts/ec2/protocol";
import type { DesiredState } from "../../components/hosts/ec2/protocol";
import { Failure } from "../../scripts/lib/errors";
import { linnixHome } from "../../scripts/lib/home";
import { Step } from "../../scripts/lib/progress";
import { removeMade } from "../images/docker";
import { writeTinyModel } from "../../sample/model";
import { type References, type Variant, pushImages, pushVariant } from "./images";
import { plantIncidents } from "./keepsake";
import type { Hardware, Machine } from "./machine/machine";
import { bundleKey, hostBundle, release, stack, token } from "./releases";
import { leaveOutIfLate } from "./time-limit";
import { userData } from "./user-data";
import { World } from "./world/world";

/** The result of a release. */
export interface Applied {
  readonly status: number;
  readonly stderr: string;
  /** The value of the parameter `result` afterwards. */
  readonly result: ReleaseResult;
  readonly seconds: number;
}

/** Seconds since a time, to one decimal. */
export const since = (moment: number): number => Math.round((Date.now() - moment) / 100) / 10;

/** An instance in its simulated environment. */
export class Host {
  /** The time at which both services were healthy after the first boot, in milliseconds since 1970. */
  healthyAt = 0;

  private readonly variants: Partial<Record<Variant, Promise<string>>> = {};

  private constructor(
    readonly world: World,
    readonly images: References,
    /** The disks. */
    private hardware: Hardware,
    private instance: { id: string; userData: string },
    private running: Machine,
    /** The time of the first power-on, in milliseconds since 1970. */
    readonly poweredAt: number,
  ) {}

  /**
   * Creates the environment, pushes the images, stores the first release, powers the machine on, and waits until it is
   * healthy. Like in EC2, the data volume is attached after the instance has started.
   */
  static async make(): Promise<Host> {
    const step = new Step("world", "making a world without AWS");
    const world = await World.make(linnixHome(), step);
    try {
      step.say("building and pushing the images");
      const images = await pushImages(world.registry);
      const model = path.join(world.folder, "tiny.gguf");
      await writeTinyModel(model);
      await world.control.model(model);
      await world.control.putParameter(token.parameter, token.value, "SecureString");
      const bundle = hostBundle();
      // As in EC2, the bundle is stored before the desired state that names it.
      await world.control.createBucket();
      await world.control.putObject(bundleKey(bundle), bundle.archive);
      const first = release({ images, bundle });
      await world.control.putParameter(`/linnix/${stack}/desired`, JSON.stringify(first));
      const [root, data] = [await world.disk("root"), await world.disk("data", { gib: 8 })];
      const instance = { id: "i-0123456789abcdef0", userData: await userData() };
      step.say(`booting; logs are in ${world.folder}`);
      const power = Date.now();
      const machine = await world.start(instance, { root });
      const host = new Host(world, images, { root, data }, instance, machine, power);
      await machine.up();
      await machine.attach(data);
      await host.firstRelease(step);
      await host.healthy(first.release);
      host.healthyAt = Date.now();
      step.done("both services are healthy");
      return host;
    } catch (error) {
      step.failed();
      await world.close();
      throw error;
    }
  }

  /** Waits until the machine has applied the desired release by itself; prints its progress. */
  private async firstRelease(step: Step): Promise<void> {
    const ended = "systemctl show linnix-apply --value --property=ExecMainExitTimestampMonotonic,ExecMainStatus";
    const ask = `${ended}; journalctl --unit linnix-apply --output cat --lines 10`;
    let said = "";
    let failed = "";
    const look = async () => {
      const [at, status, ...lines] = (await this.machine.shell(ask)).split("\n").filter((line) => line !== "");
      const last = lines.pop()?.slice(0, 200) ?? "";
      if (last !== said) step.say(last);
      said = last;
      if (Number(at) === 0) return last;
      if (status !== "0") failed = [...lines, last].join("\n");
      return true;
    };
    await this.until("linnix-apply has ended", look, 1200);
    if (failed !== "") throw new Failure(`the machine's first release failed:\n${failed}`);
  }

  get machine(): Machine {
    return this.running;
  }

  /** Shuts the machine down. */
  async shutDown(): Promise<void> {
    await this.machine.shutDown();
  }

  /** Powers it on, optionally with other hardware or as another instance. */
  async start(change: Partial<Hardware> = {}, instance = this.instance.id): Promise<void> {
    this.hardware = { ...this.hardware, ...change };
    this.instance = { ...this.instance, id: instance };
    this.running = await this.world.start(this.instance, this.hardware);
  }

  /** Cuts its power, and powers it on again. */
  async powerCut(): Promise<void> {
    await this.machine.cutPower();
    await this.start();
  }

  /** Attaches the data volume again. */
  async attach(how: { readonly unreadable?: boolean } = {}): Promise<void> {
    const { data } = this.hardware;
    if (data !== undefined) await this.machine.attach(data, how);
  }

  /** `linnix-release status --json`. */
  async status(): Promise<HostObservation> {
    const { stdout, stderr } = await this.machine.tryShell("linnix-release status --json", { seconds: 180 });
    if (stdout === "") throw new Error(`linnix-release status printed nothing: ${stderr}`);
    return JSON.parse(stdout) as HostObservation;
  }

  /** Waits until a condition is true; fails with the last observation. Returns the seconds that it took. */
  async until(what: string, look: () => Promise<true | string>, seconds = 240): Promise<number> {
    const started = Date.now();
    for (;;) {
      // A failed command is not an observation: the machine may still be booting.
      const seen = await look().catch((error: unknown) => String(error));
      if (seen === true) return since(started);
      if (since(started) > seconds)
        throw new Error(`never ${what} in ${seconds} s; last: ${seen}\n${await this.words()}`);
      await pause(1000);
    }
  }

  /** The last log lines of the host's units, for the report of a failure. */
  private async words(): Promise<string> {
    const command = "journalctl --unit 'linnix-*' --no-pager --output short-monotonic --lines 25";
    const said = await this.machine.tryShell(command).catch((error: unknown) => ({ stdout: String(error) }));
    return said.stdout.slice(-5000);
  }

  /** Waits until an address on the host's loopback responds with success; a cheap check. */
  ready(address: string, seconds?: number): Promise<number> {
    const ask = async () => {
      const command = `curl -fsS --max-time 10 -o /dev/null http://127.0.0.1:${address}`;
      const { status, stderr } = await this.machine.tryShell(command, { patience: 60 });
      return status === 0 || stderr;
    };
    return this.until(`${address} answers`, ask, seconds);
  }

  /** Waits until both services respond and the host reports that it is healthy. */
  async healthy(release?: string, seconds = 240): Promise<number> {
    const answering = (await this.ready("9464/readyz", seconds)) + (await this.ready("8090/health", seconds));
    const fits = async () => {
      const seen = await this.status();
      return (seen.healthy && [undefined, seen.release].includes(release)) || JSON.stringify(seen, null, 1);
    };
    return answering + (await this.until(`healthy with release ${release ?? "of any kind"}`, fits, seconds));
  }

  /**
   * Applies the first release and waits until it is healthy; each test file starts with it. Stops the health check that
   * the host runs every minute, because it takes half a minute here. Tests of the health check start it.
   */
  async settled(): Promise<DesiredState> {
    await this.machine.shell("systemctl stop linnix-health.timer");
    const first = release({ images: this.images });
    await this.putInPlace(first);
    await plantIncidents(this);
    return first;
  }

  /** A variant of an image, which may have a fault; pushed once. */
  variant(name: Variant): Promise<string> {
    return (this.variants[name] ??= pushVariant(this.world.registry, name));
  }

  /** Stores a host bundle as `pulumi up` does. */
  store(bundle: Bundle): Promise<void> {
    return this.world.control.putObject(bundleKey(bundle), bundle.archive);
  }

  /** Stores a document as `pulumi up` does. */
  async desire(document: DesiredState): Promise<void> {
    await this.world.control.putParameter(`/linnix/${stack}/desired`, JSON.stringify(document));
  }

  /** Stores a document and has the host apply it; returns the result even if it fails. */
  async apply(document: DesiredState): Promise<Applied> {
    await this.desire(document);
    const started = Date.now();
    const command = `linnix-release apply --release ${document.release}`;
    const { status, stderr } = await this.machine.tryShell(command, { seconds: 540 });
    return { status, stderr, seconds: since(started), result: await this.result() };
  }

  /** Stores a document, has the host apply it, which must succeed, and waits until it is healthy. */
  async putInPlace(document: DesiredState): Promise<void> {
    const { status, stderr } = await this.apply(document);
    if (status !== 0) throw new Error(`release ${document.release} can't be put in place: ${stderr}`);
    await this.healthy(document.release);
  }

  /** The parameter `result`. */
  async result(): Promise<ReleaseResult> {
    const found = await this.world.control.parameter(`/linnix/${stack}/result`);
    if (found === undefined) throw new Error("there is no parameter result");
    return JSON.parse(found.Value) as ReleaseResult;
  }

  close(): Promise<void> {
    return this.world.close();
  }
}

let shared: Promise<Host> | undefined;

/** The shared host, for a suite's hook; created at the first call. */
export function host(hook: Mocha.Context): Promise<Host> {
  leaveOutIfLate(hook);
  return sharedHost();
}

function sharedHost(): Promise<Host> {
  shared ??= Host.make();
  return shared;
}

before("boot an EC2 host", async function () {
  this.timeout(45 * 60_000); // with a cold cache, two root file systems and the images are built first
  await sharedHost();
});

// On a busy machine the emulated one sometimes exceeds a time limit: each test is retried once, and reports the retry.
beforeEach(function () {
  this.currentTest?.retries(1);
  this.currentTest?.timeout(15 * 60_000);
});

// The layer takes long: failures are printed immediately, and again at the end.
afterEach("print a failure", function () {
  const { state, err, title } = this.currentTest ?? {};
  if (err !== undefined && state !== "passed") process.stdout.write(`${(err.stack ?? "").slice(0, 6000)}\n`);
  if (state === "passed" && (this.currentTest as unknown as { currentRetry(): number }).currentRetry() > 0)
    process.stdout.write(`*** PASSED AT THE SECOND TRY: ${title ?? ""} ***\n`);
});

after("take the host and its world away", async () => {
  if (shared === undefined) return;
  await (await shared.catch(() => undefined))?.close();
  await removeMade();
});
