import * as path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { keyOf, schema } from "../../components/settings/schema";
import { awsCall, awsOutcome } from "./aws-mocks";
import { projectFolder } from "./home";
import { overhear } from "./monitor";

/** One registered resource. */
export interface GraphResource {
  readonly type: string;
  readonly name: string;
  /** The parent's name; empty for the stack's own children. */
  readonly parent: string;
  /** A provider's resource; otherwise a component. */
  readonly custom: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What a component registered as its outputs. */
  readonly registered?: Readonly<Record<string, unknown>>;
}

/** A stack as the program describes it, without an engine, credentials or network. */
export interface Graph {
  readonly resources: readonly GraphResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Stands for a value that only a deployment knows. */
const later = (what: string): string => `[known after deployment: ${what}]`;

const secretMark = "4dabf18193072939515e22adb298388d";

/** Takes secrets out, and the dynamic providers' code, which nobody reviews. */
function presentable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(presentable);
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value) return "[secret]";
  const entries = Object.entries(value).filter(([key, item]) => key !== "__provider" && item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, presentable(item)]));
}

/** What a deployment would have found out, where the program goes on with it. */
function outcome(args: pulumi.runtime.MockResourceArgs, region: string): Record<string, unknown> {
  const { type, name } = args;
  const given = args.inputs as Record<string, unknown>;
  if (type.startsWith("aws:")) return awsOutcome(args, region);
  switch (type) {
    case "docker-build:index:Image":
      return { ...given, digest: later(`digest of ${name}`), ref: later(`reference of ${name}`) };
    case "pulumi-nodejs:dynamic/linnix:HealthGate":
      return { ...given, report: later("health report"), imageBytes: {} };
    case "pulumi-nodejs:dynamic/linnix:Rollout":
      return { ...given, report: later("health report"), release: (given.document as { release: string }).release };
    case "pulumi-nodejs:dynamic/linnix:ContainerRun":
      return { ...given, exitCode: 0 };
    case "pulumi-nodejs:dynamic/linnix:RandomToken":
      return { ...given, value: later("token") };
    default:
      return given;
  }
}

/**
 * Runs the program with these settings against mocks, and tells what it would register.
 *
 * @param config settings as Pulumi hands them over: `linnix:name` → text.
 * @throws what the program throws: faults in the settings, say.
 */
export async function programGraph(stack: string, config: Readonly<Record<string, string>>): Promise<Graph> {
  const resources: GraphResource[] = [];
  const region = config["aws:region"] ?? "";
  const mocks: pulumi.runtime.Mocks = {
    newResource(args) {
      const inputs = presentable(args.inputs) as Record<string, unknown>;
      resources.push({ type: args.type, name: args.name, parent: "", custom: args.custom ?? true, inputs });
      const state = outcome(args, region);
      return { id: typeof state.id === "string" ? state.id : later(`id of ${args.name}`), state };
    },
    call: (args) => awsCall(args, region),
  };
  await pulumi.runtime.setMocks(mocks, "linnix", stack, false);
  const { options, registered } = overhear();
  pulumi.runtime.setAllConfig(
    { ...config },
    Object.entries(schema)
      .filter(([, definition]) => "secret" in definition)
      .map(([name]) => keyOf(name)),
  );

  const program = path.join(projectFolder, "index.ts");
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the program runs once a load, and may be asked for again
  delete require.cache[program];
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the same program that the language host runs
  const exported = require(program) as Record<string, pulumi.Input<unknown>>;
  const outputs: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(exported)) {
    const output = pulumi.output(value);
    outputs[name] = (await pulumi.isSecret(output)) ? "[secret]" : await settled(output);
  }
  await pulumi.runtime.disconnect();
  // Registration runs side by side: sorted, equal settings give equal text.
  resources.sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
  return {
    resources: resources.map((resource) => {
      const given = resource.custom ? undefined : registered.get(resource.name);
      const told = given === undefined ? {} : { registered: presentable(given) as Record<string, unknown> };
      return { ...resource, parent: options(resource)?.parent ?? "", ...told };
    }),
    outputs,
  };
}

function settled(output: pulumi.Output<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
