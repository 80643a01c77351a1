import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { containerArguments } from "../../services/render/docker-container";
import type { ServiceSpec } from "../../services/service";
import { docker as dockerCli, lastLogLines } from "./docker-cli";

/** What the waiting resource is told, and remembers. */
interface RunInputs {
  readonly container: string;
  /** A new container means a new run. */
  readonly containerId: string;
  /** Whether an exit status other than 0 fails the update. */
  readonly mustSucceed: boolean;
}

/** Starts the container and waits for its end; throws with its last lines when it had to succeed and did not. */
async function runOnce(inputs: RunInputs): Promise<{ exitCode: number }> {
  console.log(`${inputs.container}: running`);
  // A model of 2 GB over a slow line takes its time: an hour.
  const { status } = await dockerCli(["start", "--attach", inputs.container], 3600);
  const log = await lastLogLines(inputs.container, 15);
  if (status !== 0 && inputs.mustSucceed) {
    throw new Error(
      [`${inputs.container} ended with exit status ${status}:`, ...log.map((line) => `  ${line}`)].join("\n"),
    );
  }
  // The preflight's last line is its whole report, which the gate reads again; of others it says how it went.
  const last = log[log.length - 1] ?? "";
  console.log(`${inputs.container}: exit status ${status}${last.length < 200 ? `, ${last}` : ""}`);
  return { exitCode: status };
}

const runProvider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: RunInputs) {
    return { id: inputs.container, outs: { ...inputs, ...(await runOnce(inputs)) } };
  },
  async update(_id, _state: RunInputs, inputs: RunInputs) {
    return { outs: { ...inputs, ...(await runOnce(inputs)) } };
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface wants a promise
  async diff(_id, state: RunInputs, inputs: RunInputs) {
    return { changes: state.containerId !== inputs.containerId || state.mustSucceed !== inputs.mustSucceed };
  },
};

class ContainerRun extends pulumi.dynamic.Resource {
  declare readonly exitCode: pulumi.Output<number>;

  constructor(
    name: string,
    args: { [Key in keyof RunInputs]: pulumi.Input<RunInputs[Key]> },
    options: pulumi.CustomResourceOptions,
  ) {
    super(runProvider, name, { ...args, exitCode: undefined }, options, "linnix", "ContainerRun");
  }
}

/** Arguments of {@link RunOnce}. */
export interface RunOnceArgs {
  readonly spec: ServiceSpec;
  /** The image by digest. */
  readonly image: pulumi.Input<string>;
  /** Whether an exit status other than 0 fails the update; true by default. */
  readonly mustSucceed?: boolean;
}

/** A container that runs to its end before what depends on this component starts. */
export class RunOnce extends pulumi.ComponentResource {
  /** The container's exit status. */
  readonly exitCode: pulumi.Output<number>;

  constructor(name: string, args: RunOnceArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:RunOnce", name, {}, options);
    const container = new docker.Container(
      `${name}-container`,
      { ...containerArguments(args.spec), image: args.image },
      { parent: this, deleteBeforeReplace: true },
    );
    const run = new ContainerRun(
      `${name}-run`,
      { container: args.spec.name, containerId: container.id, mustSucceed: args.mustSucceed ?? true },
      { parent: this },
    );
    this.exitCode = run.exitCode;
    this.registerOutputs({ exitCode: this.exitCode });
  }
}
