import * as pulumi from "@pulumi/pulumi";

import type { Observation } from "../../health/observation";
import {
  type Expectation,
  type HealthReport,
  acceptable,
  explain,
  healthReport,
  isUnsettled,
} from "../../health/report";
import { serviceNames } from "../../services/catalogue";
import type { ProviderCode } from "../provider-code";
import { type LocalPlan, observeLocal } from "./observe";

/** Inputs of the gate. */
export interface GateInputs {
  readonly expected: Expectation;
  readonly plan: LocalPlan;
  /** How long to wait for the services, in seconds. */
  readonly deadlineSeconds: number;
  readonly requireKernelInstrumentation: boolean;
  /** Any change of these makes the gate probe again: container ids, for example. */
  readonly triggers: readonly string[];
}

/** The gate's state: its inputs and its last observation. */
interface GateState extends GateInputs {
  readonly report: HealthReport;
  readonly imageBytes: Readonly<Record<string, number>>;
}

/** A service that restarted this often while the gate waited will not become ready by waiting longer. */
const maximumRestarts = 5;

function inputsOf({ expected, plan, deadlineSeconds, requireKernelInstrumentation, triggers }: GateInputs): GateInputs {
  return { expected, plan, deadlineSeconds, requireKernelInstrumentation, triggers };
}

/**
 * Waits until the report is acceptable.
 *
 * @param observe observes the services once; a parameter so that tests can replace it.
 * @param pollMilliseconds pause between two observations.
 * @throws with the service, the probe's answer and the last log lines, at the deadline or if a service keeps crashing.
 */
export async function waitUntilAcceptable(
  inputs: GateInputs,
  observe: (plan: LocalPlan) => Promise<Observation>,
  previous: HealthReport | undefined,
  print: (line: string) => void,
  pollMilliseconds = 1500,
): Promise<Pick<GateState, "report" | "imageBytes">> {
  const started = Date.now();
  let restartsBefore: number | undefined;
  let printed = "";
  for (;;) {
    const seen = await observe(inputs.plan);
    const report = healthReport(seen, inputs.expected, new Date().toISOString(), previous);
    const line = serviceNames.map((name) => `${name} ${report[name].status} (${report[name].detail})`).join(", ");
    const seconds = Math.round((Date.now() - started) / 1000);
    if (line !== printed) print(`after ${seconds} s: ${line}`);
    printed = line;
    if (acceptable(report, inputs.requireKernelInstrumentation)) {
      return { report, imageBytes: seen.imageBytes ?? {} };
    }
    const restarts = serviceNames.reduce((sum, name) => sum + (seen[name]?.restarts ?? 0), 0);
    restartsBefore ??= restarts;
    const crashing = restarts - restartsBefore >= maximumRestarts;
    if (crashing || seconds >= inputs.deadlineSeconds) {
      const why = crashing ? "a service keeps crashing" : `not healthy within ${inputs.deadlineSeconds} s`;
      throw new Error(`${why}\n${explain(report, seen, inputs.requireKernelInstrumentation)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

// The engine shows what a provider prints on standard output as progress of the update.
const print = (line: string): void => {
  console.log(`health: ${line}`);
};

const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: GateInputs) {
    const result = await waitUntilAcceptable(inputs, observeLocal, undefined, print);
    return { id: inputs.expected.release, outs: { ...inputsOf(inputs), ...result } };
  },
  async update(_id, state: GateState, inputs: GateInputs) {
    const result = await waitUntilAcceptable(inputs, observeLocal, state.report, print);
    return { outs: { ...inputsOf(inputs), ...result } };
  },
  async read(id, state: GateState) {
    const seen = await observeLocal(state.plan);
    const report = healthReport(seen, state.expected, new Date().toISOString(), state.report);
    return { id, props: { ...state, report, imageBytes: seen.imageBytes ?? state.imageBytes } };
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface requires a promise
  async diff(_id, state: GateState & ProviderCode, inputs: GateInputs & ProviderCode) {
    // Refresh runs the code that is in the state: after a change of the code, probe again and store the new one.
    const changes =
      state.__provider !== inputs.__provider || isUnsettled(inputsOf(state), inputsOf(inputs), state.report);
    return { changes };
  },
};

/**
 * Ends an update only when the services that it deployed are healthy, and fails it otherwise, with the service, the
 * probe's last answer and the last log lines. Probes on every change, and on refresh.
 */
export class HealthGate extends pulumi.dynamic.Resource {
  declare readonly report: pulumi.Output<HealthReport>;
  declare readonly imageBytes: pulumi.Output<Record<string, number>>;

  constructor(name: string, args: pulumi.Input<GateInputs>, options?: pulumi.CustomResourceOptions) {
    const inputs = pulumi.output(args);
    super(
      provider,
      name,
      {
        expected: inputs.apply(({ expected }) => expected),
        plan: inputs.apply(({ plan }) => plan),
        deadlineSeconds: inputs.apply(({ deadlineSeconds }) => deadlineSeconds),
        requireKernelInstrumentation: inputs.apply(({ requireKernelInstrumentation: required }) => required),
        triggers: inputs.apply(({ triggers }) => triggers),
        report: undefined,
        imageBytes: undefined,
      },
      options,
      "linnix",
      "HealthGate",
    );
  }
}
