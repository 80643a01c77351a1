import * as pulumi from "@pulumi/pulumi";

import { isUnsettled } from "../../../health/gate";
import type { HealthReport } from "../../../health/report";
import { type ReadSetting, accessFrom } from "./access";
import { awsSsm, realClock } from "./aws-ssm";
import { type RolloutInputs, review, takeDown, rollOut } from "./roll";
import type { Tools } from "./ssm";

/** What a rollout remembers: its inputs and what it saw last. */
interface RolloutState extends RolloutInputs {
  readonly report: HealthReport;
  /** Hash of what was deployed. */
  readonly release: string;
}

/** The serialised provider, which travels among a dynamic resource's properties. */
interface Code {
  readonly __provider?: string;
}

function inputsOf(all: RolloutInputs): RolloutInputs {
  const { region, instanceId, document, expected, requireKernelInstrumentation, deadlineSeconds, prefix } = all;
  return { region, instanceId, document, expected, requireKernelInstrumentation, deadlineSeconds, prefix };
}

/** The stack's configuration, as the engine hands it to the provider's process. */
interface Configured {
  setting?: ReadSetting;
}

/** Credentials are asked for at each call and kept nowhere: not in the provider, whose code is in the state. */
function toolsFor(configured: Configured, region: string): Tools {
  // The engine shows what a provider prints on standard output as progress of the update.
  const say = (line: string) => {
    console.log(`rollout: ${line}`);
  };
  return { ssm: awsSsm(accessFrom(configured.setting ?? (() => undefined), region)), clock: realClock(), region, say };
}

/**
 * Rolls out. When it fails, the resource is kept in the state as it is then, marked as failed: the next update tries again
 * also with the document of before, and destroying the stack takes away what was written.
 */
async function attempt(
  configured: Configured,
  inputs: RolloutInputs & Code,
  previous: HealthReport | undefined,
): Promise<RolloutState> {
  const tools = toolsFor(configured, inputs.region);
  const { release } = inputs.document;
  try {
    return { ...inputsOf(inputs), report: await rollOut(tools, inputs, previous), release };
  } catch (error) {
    const report = await review(tools, inputs, previous);
    const properties = { ...inputsOf(inputs), report, release, __provider: inputs.__provider };
    // What the dynamic provider's server takes as "made, but not well".
    throw Object.assign(error as Error, { id: inputs.prefix, properties, reasons: [(error as Error).message] });
  }
}

const provider: pulumi.dynamic.ResourceProvider & Configured = {
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface wants a promise
  async configure({ config }: pulumi.dynamic.ConfigureRequest) {
    this.setting = (key) => config.get(key);
  },
  async create(inputs: RolloutInputs) {
    return { id: inputs.prefix, outs: await attempt(this, inputs, undefined) };
  },
  async update(_id, state: RolloutState, inputs: RolloutInputs) {
    return { outs: await attempt(this, inputs, state.report) };
  },
  async read(id, state: RolloutState) {
    return { id, props: { ...state, report: await review(toolsFor(this, state.region), state, state.report) } };
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface wants a promise
  async diff(_id, state: RolloutState & Code, inputs: RolloutInputs & Code) {
    const replaces = (["region", "prefix"] as const).filter((key) => state[key] !== inputs[key]);
    // The state keeps the code that reads it on refresh: with newer code, roll out again and keep that.
    const changes =
      state.__provider !== inputs.__provider || isUnsettled(inputsOf(state), inputsOf(inputs), state.report);
    return { changes, replaces };
  },
  async delete(_id, state: RolloutState) {
    await takeDown(toolsFor(this, state.region), state);
  },
};

/** Arguments of {@link Rollout}: plain or known later. */
export type RolloutArgs = { readonly [Key in keyof RolloutInputs]: pulumi.Input<RolloutInputs[Key]> };

/**
 * Has an EC2 host run what the document says, and ends only when it does. A changed document is a new release on the same
 * host; an unhealthy one fails the update with service, probe's answer and log lines, and the host puts the previous one
 * back. Refresh reads the running services. Deleting it leaves the host clean, but for what is kept on the data volume.
 */
export class Rollout extends pulumi.dynamic.Resource {
  /** Read from the running services. */
  declare readonly report: pulumi.Output<HealthReport>;
  /** Hash of what is deployed. */
  declare readonly release: pulumi.Output<string>;

  constructor(name: string, args: RolloutArgs, options?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, report: undefined, release: undefined }, options, "linnix", "Rollout");
  }
}
