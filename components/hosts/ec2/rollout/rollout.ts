import * as pulumi from "@pulumi/pulumi";

import { type HealthReport, isUnsettled } from "../../../health/report";
import type { ProviderCode } from "../../provider-code";
import type { ReadSetting } from "./connection";
import { credentialsFrom } from "./credentials";
import { awsSsm, realClock } from "./ssm-client";
import { type RolloutInputs, observeHealth, uninstall, rollOut } from "./roll-out";
import type { RolloutContext } from "./ssm";

/** A rollout's state: its inputs and its last report. */
interface RolloutState extends RolloutInputs {
  readonly report: HealthReport;
  /** Hash of the deployed document. */
  readonly release: string;
}

/** The inputs alone. */
function inputsOf(all: RolloutInputs): RolloutInputs {
  // Every one: without it, an update would not notice that it has changed.
  const inputs: Readonly<Record<keyof RolloutInputs, true>> = {
    region: true,
    instanceId: true,
    document: true,
    expected: true,
    requireKernelInstrumentation: true,
    deadlineSeconds: true,
    prefix: true,
    lookDocument: true,
    changeDocument: true,
  };
  const names = Object.keys(inputs) as (keyof RolloutInputs)[];
  return Object.fromEntries(names.map((name) => [name, all[name]])) as unknown as RolloutInputs;
}

/** The stack's configuration, as the engine passes it to the provider's process. */
interface Configured {
  setting?: ReadSetting;
}

/** Credentials are read at each call and never stored: the provider's code is part of the state. */
function contextFor(configured: Configured, region: string): RolloutContext {
  // The engine shows what a provider prints on standard output as progress of the update.
  const say = (line: string) => {
    console.log(`rollout: ${line}`);
  };
  return {
    ssm: awsSsm(credentialsFrom(configured.setting ?? (() => undefined), region)),
    clock: realClock(),
    region,
    say,
  };
}

/**
 * Rolls out. If that fails, the resource is kept in the state with its current report, marked as failed, so that the next
 * update tries again even with an unchanged document, and destroying the stack removes what was written.
 */
async function attempt(
  configured: Configured,
  inputs: RolloutInputs & ProviderCode,
  previous: HealthReport | undefined,
): Promise<RolloutState> {
  const context = contextFor(configured, inputs.region);
  const { release } = inputs.document;
  try {
    return { ...inputsOf(inputs), report: await rollOut(context, inputs, previous), release };
  } catch (error) {
    const report = await observeHealth(context, inputs, previous);
    const properties = { ...inputsOf(inputs), report, release, __provider: inputs.__provider };
    // The dynamic provider server treats an error with id and properties as a partial failure.
    throw Object.assign(error as Error, { id: inputs.prefix, properties, reasons: [(error as Error).message] });
  }
}

const provider: pulumi.dynamic.ResourceProvider & Configured = {
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface requires a promise
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
    return {
      id,
      props: { ...state, report: await observeHealth(contextFor(this, state.region), state, state.report) },
    };
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface requires a promise
  async diff(_id, state: RolloutState & ProviderCode, inputs: RolloutInputs & ProviderCode) {
    const replaces = (["region", "prefix"] as const).filter((key) => state[key] !== inputs[key]);
    // The state keeps the code that runs on refresh: if the code has changed, roll out again so that it is stored.
    const changes =
      state.__provider !== inputs.__provider || isUnsettled(inputsOf(state), inputsOf(inputs), state.report);
    return { changes, replaces };
  },
  async delete(_id, state: RolloutState) {
    await uninstall(contextFor(this, state.region), state);
  },
};

/** Arguments of {@link Rollout}: {@link RolloutInputs}, each plain or known later. */
export type RolloutArgs = { readonly [Key in keyof RolloutInputs]: pulumi.Input<RolloutInputs[Key]> };

/**
 * Has an EC2 host run the document, and ends once it does. A changed document is a new release on the same host. An
 * unhealthy release fails the update with service, probe's answer and log lines, and the host restores the previous one.
 * Refresh observes the running services. Deleting it removes everything from the host except the data volume.
 */
export class Rollout extends pulumi.dynamic.Resource {
  /** Observed on the running services. */
  declare readonly report: pulumi.Output<HealthReport>;
  /** Hash of the deployed document. */
  declare readonly release: pulumi.Output<string>;

  constructor(name: string, args: RolloutArgs, options?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, report: undefined, release: undefined }, options, "linnix", "Rollout");
  }
}
