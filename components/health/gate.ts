import * as pulumi from "@pulumi/pulumi";

import { sameValue } from "../canonical";
import { type Expectation, type HealthReport, type Observation, acceptable, explain, judge } from "./report";

/** What the gate is told. `Plan` is the host kind's own description of how to look. */
export interface GateInputs<Plan> {
  readonly expected: Expectation;
  readonly plan: Plan;
  /** How long to wait for both services, in seconds. */
  readonly deadlineSeconds: number;
  readonly requireKernelInstrumentation: boolean;
  /** Anything whose change means that the services must be asked again: container ids, say. */
  readonly triggers: readonly string[];
}

/** What the gate remembers: its inputs and what it saw last. */
export interface GateState<Plan> extends GateInputs<Plan> {
  readonly report: HealthReport;
  readonly imageBytes: Readonly<Record<string, number>>;
}

/** Looks at a host once. Runs in the dynamic provider's process: it is serialised, and loads modules when called. */
export type Observe<Plan> = (plan: Plan) => Promise<Observation>;

/** A service that was restarted this often while the gate waited won't come up by waiting longer. */
const restartsToGiveUp = 5;

function inputsOf<Plan>({ expected, plan, deadlineSeconds, requireKernelInstrumentation, triggers }: GateInputs<Plan>) {
  return { expected, plan, deadlineSeconds, requireKernelInstrumentation, triggers };
}

/** Waits until the report is acceptable; throws with service, answer and log lines when it isn't in time. */
export async function waitUntilAcceptable<Plan>(
  inputs: GateInputs<Plan>,
  observe: Observe<Plan>,
  previous: HealthReport | undefined,
  say: (line: string) => void,
): Promise<Pick<GateState<Plan>, "report" | "imageBytes">> {
  const started = Date.now();
  let restartsBefore: number | undefined;
  let said = "";
  for (;;) {
    const seen = await observe(inputs.plan);
    const report = judge(seen, inputs.expected, new Date().toISOString(), previous);
    const line = `cognitod ${report.cognitod.status} (${report.cognitod.detail}), llama ${report.llama.status} (${report.llama.detail})`;
    const seconds = Math.round((Date.now() - started) / 1000);
    if (line !== said) say(`after ${seconds} s: ${line}`);
    said = line;
    if (acceptable(report, inputs.requireKernelInstrumentation)) {
      return { report, imageBytes: seen.imageBytes ?? {} };
    }
    const restarts = seen.cognitod.restarts + seen.llama.restarts;
    restartsBefore ??= restarts;
    const crashing = restarts - restartsBefore >= restartsToGiveUp;
    if (crashing || seconds >= inputs.deadlineSeconds) {
      const why = crashing ? "a service keeps crashing" : `not healthy within ${inputs.deadlineSeconds} s`;
      throw new Error(`${why}\n${explain(report, seen, inputs.requireKernelInstrumentation)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
}

/** Whether there is something to do: the inputs differ, or the report that was read last may not stand. */
export function isUnsettled<Inputs extends Pick<GateInputs<unknown>, "requireKernelInstrumentation">>(
  was: Inputs,
  is: Inputs,
  report: HealthReport,
): boolean {
  return !sameValue(was, is) || !acceptable(report, is.requireKernelInstrumentation);
}

/** Whether the gate has to ask again: something was deployed, or what it saw last may not stand. */
export function mustAsk<Plan>(state: GateState<Plan>, inputs: GateInputs<Plan>): boolean {
  return isUnsettled(inputsOf(state), inputsOf(inputs), state.report);
}

/** The serialised provider, which travels among a dynamic resource's properties. */
interface Code {
  readonly __provider?: string;
}

function gateProvider<Plan>(observe: Observe<Plan>): pulumi.dynamic.ResourceProvider {
  // The engine shows what a provider prints on standard output as progress of the update.
  const say = (line: string) => {
    console.log(`health: ${line}`);
  };
  return {
    async create(inputs: GateInputs<Plan>) {
      const result = await waitUntilAcceptable(inputs, observe, undefined, say);
      return { id: inputs.expected.release, outs: { ...inputsOf(inputs), ...result } };
    },
    async update(_id, state: GateState<Plan>, inputs: GateInputs<Plan>) {
      const result = await waitUntilAcceptable(inputs, observe, state.report, say);
      return { outs: { ...inputsOf(inputs), ...result } };
    },
    async read(id, state: GateState<Plan>) {
      const seen = await observe(state.plan);
      const report = judge(seen, state.expected, new Date().toISOString(), state.report);
      return { id, props: { ...state, report, imageBytes: seen.imageBytes ?? state.imageBytes } };
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface wants a promise
    async diff(_id, state: GateState<Plan> & Code, inputs: GateInputs<Plan> & Code) {
      // The state keeps the code that reads it on refresh: with newer code, ask again and keep that.
      return { changes: state.__provider !== inputs.__provider || mustAsk(state, inputs) };
    },
  };
}

/** Arguments of {@link HealthGate}. */
export interface HealthGateArgs<Plan> {
  readonly inputs: pulumi.Input<GateInputs<Plan>>;
  readonly observe: Observe<Plan>;
}

/**
 * Ends an update only when the services that it deployed are healthy, and fails it otherwise, with the service, the
 * probe's last answer and the last log lines. Asked again on every change, and on refresh.
 */
export class HealthGate<Plan> extends pulumi.dynamic.Resource {
  declare readonly report: pulumi.Output<HealthReport>;
  declare readonly imageBytes: pulumi.Output<Record<string, number>>;

  constructor(name: string, args: HealthGateArgs<Plan>, options?: pulumi.CustomResourceOptions) {
    const inputs = pulumi.output(args.inputs);
    super(
      gateProvider(args.observe),
      name,
      {
        expected: inputs.apply((it) => it.expected),
        plan: inputs.apply((it) => it.plan),
        deadlineSeconds: inputs.apply((it) => it.deadlineSeconds),
        requireKernelInstrumentation: inputs.apply((it) => it.requireKernelInstrumentation),
        triggers: inputs.apply((it) => it.triggers),
        report: undefined,
        imageBytes: undefined,
      },
      options,
      "linnix",
      "HealthGate",
    );
  }
}
