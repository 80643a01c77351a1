import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import type { engineLabels } from "../../services/labels";
import { containerArguments, containerOptions } from "../../services/render/docker-container";
import type { ServiceSpec } from "../../services/service";
import { filesMount } from "./container-files";
import { docker as dockerCli, lastLogLines } from "./docker-cli";

/** Inputs and state of the waiting resource. */
interface RunInputs {
  readonly container: string;
  /** A new container means a new run. */
  readonly containerId: string;
  /** Whether an exit status other than 0 fails the update. */
  readonly mustSucceed: boolean;
}

/** Starts the container and waits for its end. @throws with its last log lines if it must succeed and did not. */
async function runOnce(inputs: RunInputs): Promise<{ exitCode: number }> {
  console.log(`${inputs.container}: running`);
  // An hour: a model of 2 GB over a slow line.
  const { status } = await dockerCli(["start", "--attach", inputs.container], 3600);
  const log = await lastLogLines(inputs.container, 15);
  if (status !== 0 && inputs.mustSucceed) {
    throw new Error(
      [`${inputs.container} ended with exit status ${status}:`, ...log.map((line) => `  ${line}`)].join("\n"),
    );
  }
  // The preflight's last line is its whole report, which the gate reads again; other containers' is their result.
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
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface requires a promise
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
  readonly labels: ReturnType<typeof engineLabels>;
  /** Whether an exit status other than 0 fails the update; true by default. */
  readonly mustSucceed?: boolean;
  /** Environment variables of this machine, beside those of the specification. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The container's environment with further variables. A proxy's address may contain a password. */
function withVariables({ spec, variables = {} }: RunOnceArgs) {
  const more = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  if (more.length === 0) return {};
  const envs = [...containerArguments(spec).envs, ...more];
  return { envs: more.some((text) => text.includes("@")) ? pulumi.secret(envs) : envs };
}

/** A container that runs to its end before what depends on this component starts. */
export class RunOnce extends pulumi.ComponentResource {
  /** The container's exit status. */
  readonly exitCode: pulumi.Output<number>;

  constructor(name: string, args: RunOnceArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:RunOnce", name, {}, options);
    const plain = containerArguments(args.spec);
    const container = new docker.Container(
      `${name}-container`,
      {
        ...plain,
        ...withVariables(args),
        mounts: [...plain.mounts, ...filesMount(`${name}-files`, args, this)],
        image: args.image,
        labels: args.labels,
      },
      { ...containerOptions, parent: this },
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
