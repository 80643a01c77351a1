/** An AWS of this machine's own: API, registry, metadata, names, and a machine for the API's instance. */
import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "../../scripts/lib/errors";
import type { Home } from "../../scripts/lib/home";
import { tryLock } from "../../scripts/lib/lock";
import type { Step } from "../../scripts/lib/progress";
import { writeTinyModel } from "../../sample/model";
import { addresses, region, upstreamModelName } from "../host/world/addresses";
import { World } from "../host/world/world";
import { worldFolder } from "../host/roots/roots";
import { api, registryAddress } from "./addresses";
import { startEmulator } from "./api/emulator";
import { ApiFront } from "./api/front";
import { runCommandHandler } from "./api/run-command";
import { nameRegistry, removeRepository } from "./engine";
import { Launcher } from "./machine/launcher";
import { PlayedMachine } from "./machine/played";

/** Options of {@link Box.make}. */
export interface BoxOptions {
  /** Boots machines for the API's instances. Without, an instance is running at once, and nothing executes on it. */
  readonly machines: boolean;
  /** The stack whose host is played, where no machine is booted. Default: none. */
  readonly played?: string;
}

/** A running box. */
export class Box {
  /** The played hosts, by stack. */
  readonly played = new Map<string, PlayedMachine>();

  private constructor(
    readonly world: World,
    readonly front: ApiFront,
    /** The emulator's own address: calls there are not recorded. */
    readonly emulator: string,
    readonly launcher: Launcher | undefined,
    private readonly undo: (() => void | Promise<void>)[],
  ) {}

  /**
   * Makes a box, which ends with this process.
   *
   * @throws Failure if another one runs on this machine: both would need the same addresses.
   */
  static async make(home: Home, step: Step, options: BoxOptions): Promise<Box> {
    const release = await tryLock(path.join(worldFolder(home), "box.lock"));
    if (release === undefined)
      throw new Failure("another box runs on this machine: end it first (npm run box -- down)");
    const { machines } = options;
    const undo: (() => void | Promise<void>)[] = [release];
    try {
      const world = await World.make(home, step, {
        api: "api.socket",
        names: {
          // Every service of AWS, and every bucket.
          [`*.${region}.amazonaws.com`]: addresses.aws,
          [`*.s3.${region}.amazonaws.com`]: addresses.aws,
          [upstreamModelName]: addresses.models,
        },
        registry: registryAddress,
        machines,
      });
      undo.push(() => world.close());
      step.say("starting the AWS API");
      const port = await startEmulator(world.namespace, machines ? "reported" : "immediate");
      const file = (name: string) => path.join(world.folder, name);
      const front = await ApiFront.start(port, file("calls.log"), { deployer: api, host: file("api.socket") });
      undo.push(() => {
        front.close();
      });
      front.observers.push(({ service, action, parameters }, status) => {
        const deleted = service === "ecr" && action === "DeleteRepository" && status === 200;
        if (deleted) removeRepository(world.registry.repositories, String(parameters.repositoryName));
      });
      undo.push(nameRegistry(home, registryAddress));
      const model = file("tiny.gguf");
      await writeTinyModel(model);
      await world.control.model(model);
      const emulator = `http://127.0.0.1:${port}`;
      if (!machines) {
        const box = new Box(world, front, emulator, undefined, undo);
        if (options.played !== undefined) await box.play(options.played);
        return box;
      }
      const say = (text: string) => {
        fs.appendFileSync(file("launcher.log"), `${new Date().toISOString()} ${text}\n`);
      };
      const launcher = new Launcher(world, emulator, say);
      const find = (id: string) => launcher.machine(id);
      front.handlers.push(runCommandHandler(find, () => launcher.instances()));
      launcher.start();
      undo.push(() => launcher.close());
      return new Box(world, front, emulator, launcher, undo);
    } catch (error) {
      for (const one of undo.reverse()) await one();
      throw error;
    }
  }

  /** Plays the host of a stack. */
  async play(stack: string): Promise<PlayedMachine> {
    const machine = await PlayedMachine.start(stack, this.emulator);
    this.undo.push(() => machine.stop());
    this.front.handlers.push(machine.handler);
    this.played.set(stack, machine);
    return machine;
  }

  /** Ends everything; keeps the logs in the world's folder. */
  async close(): Promise<void> {
    for (const one of [...this.undo].reverse()) await one();
  }
}
