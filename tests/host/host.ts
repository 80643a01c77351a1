/** The one EC2 host that the tests of this layer share: made by the first that asks for it, taken away after the last. */
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import type { HostObservation } from "../../components/hosts/ec2/rollout/observation";
import type { ReleaseResult } from "../../components/hosts/ec2/rollout/result";
import type { DesiredState } from "../../components/services/desired-state";
import { Failure } from "../../scripts/lib/errors";
import { linnixHome } from "../../scripts/lib/home";
import { Step } from "../../scripts/lib/progress";
import { removeMade } from "../images/docker";
import { writeTinyModel } from "../fixtures/tiny-model";
import { type References, type Variant, pushImages, pushVariant } from "./images";
import { plantIncidents } from "./keepsake";
import type { Hardware, Machine } from "./machine/machine";
import { release, stack, token } from "./releases";
import { userData } from "./user-data";
import { World } from "./world/world";

/** How a release went. */
export interface Applied {
  readonly status: number;
  readonly stderr: string;
  /** What the parameter `result` holds afterwards. */
  readonly result: ReleaseResult;
  readonly seconds: number;
}

/** Seconds since a moment, to one decimal. */
export const since = (moment: number): number => Math.round((Date.now() - moment) / 100) / 10;

/** An instance in its world. */
export class Host {
  /** When the first boot had both services healthy, in milliseconds since 1970. */
  healthyAt = 0;

  private readonly variants: Partial<Record<Variant, Promise<string>>> = {};

  private constructor(
    readonly world: World,
    readonly images: References,
    /** The disks. */
    private hardware: Hardware,
    private instance: { id: string; userData: string },
    private running: Machine,
    /** When it was switched on first, in milliseconds since 1970. */
    readonly poweredAt: number,
  ) {}

  /**
   * Makes the world, pushes the images, writes the first release down, switches the machine on, and waits until it is
   * healthy. The data volume comes when the instance runs already, as EC2 attaches it.
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
      const first = release({ images });
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

  /** Waits until the machine has put in place by itself what it found to be desired; tells how far it is. */
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

  /** Switches the machine off in good order. */
  async shutDown(): Promise<void> {
    await this.machine.shutDown();
  }

  /** Switches it on, with other hardware or as another instance where told. */
  async start(change: Partial<Hardware> = {}, instance = this.instance.id): Promise<void> {
    this.hardware = { ...this.hardware, ...change };
    this.instance = { ...this.instance, id: instance };
    this.running = await this.world.start(this.instance, this.hardware);
  }

  /** Takes its power away, and gives it back. */
  async powerCut(): Promise<void> {
    await this.machine.cutPower();
    await this.start();
  }

  /** Attaches the data volume again. */
  async attach(): Promise<void> {
    const { data } = this.hardware;
    if (data !== undefined) await this.machine.attach(data);
  }

  /** `linnix-release status --json`. */
  async status(): Promise<HostObservation> {
    const { stdout, stderr } = await this.machine.tryShell("linnix-release status --json", { seconds: 180 });
    if (stdout === "") throw new Error(`linnix-release status printed nothing: ${stderr}`);
    return JSON.parse(stdout) as HostObservation;
  }

  /** Waits until something is seen from inside; fails with what was seen last. Gives the seconds that it took. */
  async until(what: string, look: () => Promise<true | string>, seconds = 240): Promise<number> {
    const started = Date.now();
    for (;;) {
      // Not every answer is one: the machine may be just booting.
      const seen = await look().catch((error: unknown) => String(error));
      if (seen === true) return since(started);
      if (since(started) > seconds)
        throw new Error(`never ${what} in ${seconds} s; last: ${seen}\n${await this.words()}`);
      await pause(1000);
    }
  }

  /** What the host's own units logged last; for a person who reads a failure. */
  private async words(): Promise<string> {
    const command = "journalctl --unit 'linnix-*' --no-pager --output short-monotonic --lines 25";
    const said = await this.machine.tryShell(command).catch((error: unknown) => ({ stdout: String(error) }));
    return said.stdout.slice(-5000);
  }

  /** Waits until an address of the host's loopback answers with success: cheap to ask. */
  ready(address: string, seconds?: number): Promise<number> {
    const ask = async () => {
      const command = `curl -fsS --max-time 10 -o /dev/null http://127.0.0.1:${address}`;
      const { status, stderr } = await this.machine.tryShell(command, { patience: 60 });
      return status === 0 || stderr;
    };
    return this.until(`${address} answers`, ask, seconds);
  }

  /** Waits until both services answer, and the host itself says that it is healthy. */
  async healthy(release?: string, seconds = 240): Promise<number> {
    const answering = (await this.ready("9464/readyz", seconds)) + (await this.ready("8090/health", seconds));
    const fits = async () => {
      const seen = await this.status();
      return (seen.healthy && [undefined, seen.release].includes(release)) || JSON.stringify(seen, null, 1);
    };
    return answering + (await this.until(`healthy with release ${release ?? "of any kind"}`, fits, seconds));
  }

  /**
   * Has the first release in place and healthy, whatever was there: what a test file begins with. The look at itself that
   * the host takes each minute is stopped: it costs half of one here. Tests of it start it.
   */
  async settled(): Promise<DesiredState> {
    await this.machine.shell("systemctl stop linnix-health.timer");
    const first = release({ images: this.images });
    const { status, stderr } = await this.apply(first);
    if (status !== 0) throw new Error(`the first release can't be put in place again: ${stderr}`);
    await this.healthy(first.release);
    await plantIncidents(this);
    return first;
  }

  /** An image that goes wrong in its way, or just another one; pushed once. */
  variant(name: Variant): Promise<string> {
    return (this.variants[name] ??= pushVariant(this.world.registry, name));
  }

  /** Writes a document down as `pulumi up` does. */
  async desire(document: DesiredState): Promise<void> {
    await this.world.control.putParameter(`/linnix/${stack}/desired`, JSON.stringify(document));
  }

  /** Writes a document down and has the host apply it, whatever becomes of it. */
  async apply(document: DesiredState): Promise<Applied> {
    await this.desire(document);
    const started = Date.now();
    const command = `linnix-release apply --release ${document.release}`;
    const { status, stderr } = await this.machine.tryShell(command, { seconds: 540 });
    return { status, stderr, seconds: since(started), result: await this.result() };
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

/** The host; made at the first call. */
export function host(): Promise<Host> {
  shared ??= Host.make();
  return shared;
}

before("boot an EC2 host", async function () {
  this.timeout(45 * 60_000); // a cold cache makes two root file systems, and the images, first
  await host();
});

// An emulated machine on a busy one stumbles over its own time now and then: each test has a second try, and says so.
beforeEach(function () {
  this.currentTest?.retries(1);
  this.currentTest?.timeout(15 * 60_000);
});

// The layer takes long: what failed is told at once, and again at its end.
afterEach("tell a failure", function () {
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
