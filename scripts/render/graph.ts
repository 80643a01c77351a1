import * as path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { proxyNames } from "../../components/hosts/local/proxy";
import { keyOf, schema } from "../../components/settings/schema";
import { awsCall, awsOutcome } from "./aws-mocks";
import { projectFolder } from "../lib/home";
import { type ResourceOptions, recordRegistrations } from "./monitor";
import { withShortTraces } from "./short-traces";

/** One registered resource. */
export interface GraphResource {
  readonly type: string;
  readonly name: string;
  /** The parent's name; empty for the stack's own children. */
  readonly parent: string;
  /** A provider's resource; otherwise a component. */
  readonly custom: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The options that are set, except for the parent. `dependsOn` includes the resources that the inputs come from. */
  readonly options: Readonly<Partial<Omit<ResourceOptions, "parent">>>;
  /** What a component registered as its outputs. */
  readonly registered?: Readonly<Record<string, unknown>>;
}

/** A stack as the program describes it, without an engine, credentials or network. */
export interface Graph {
  readonly resources: readonly GraphResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The part of a resource that reviewers read. */
export type ShownResource = Pick<GraphResource, "type" | "name" | "parent" | "inputs" | "options">;

/** A graph as `npm run render` prints it. */
export interface ShownGraph extends Pick<Graph, "outputs"> {
  readonly resources: readonly ShownResource[];
}

/** A placeholder for a value that only a deployment knows. */
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
    case "docker:index/remoteImage:RemoteImage":
      return { ...given, imageId: later(`digest of ${name}`) };
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
 * Runs the program with these settings against mocks, and returns what it would register.
 *
 * @param config settings as Pulumi hands them over: `linnix:name` → text.
 * @param proxies variables of a shell. By default none: those of this shell are no part of the stack.
 * @throws what the program throws, for example for invalid settings.
 */
export async function programGraph(
  stack: string,
  config: Readonly<Record<string, string>>,
  proxies: Readonly<Record<string, string>> = {},
): Promise<Graph> {
  return await withShortTraces(() => renderedGraph(stack, config, proxies));
}

async function renderedGraph(
  stack: string,
  config: Readonly<Record<string, string>>,
  proxies: Readonly<Record<string, string>>,
): Promise<Graph> {
  for (const name of proxyNames.flatMap((it) => [it, it.toUpperCase()])) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, proxies);
  const resources: Omit<GraphResource, "options">[] = [];
  const region = config["aws:region"] ?? "";
  const mocks: pulumi.runtime.Mocks = {
    newResource(args) {
      const inputs = presentable(args.inputs) as Record<string, unknown>;
      resources.push({ type: args.type, name: args.name, parent: "", custom: args.custom ?? true, inputs });
      const state = outcome(args, region);
      // The id of a resource that is taken over is known.
      const known = [args.id, state.id].find((id) => typeof id === "string" && id !== "") as string | undefined;
      return { id: known ?? later(`id of ${args.name}`), state };
    },
    call: (args) => awsCall(args, region),
  };
  await pulumi.runtime.setMocks(mocks, "linnix", stack, false);
  const { options, registered } = recordRegistrations();
  pulumi.runtime.setAllConfig(
    { ...config },
    Object.entries(schema)
      .filter(([, definition]) => "secret" in definition)
      .map(([name]) => keyOf(name)),
  );

  // The settings are passed here, so the file that a shell of `npm run env` names for Pulumi has no part in them.
  delete process.env.PULUMI_OPTION_CONFIG_FILE;
  const program = path.join(projectFolder, "index.ts");
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the program runs when it is loaded, and must run for each call
  delete require.cache[program];
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the same program that the language host runs
  const main = require(program) as () => Promise<Record<string, pulumi.Input<unknown>>>;
  const exported = await main();
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
      const own = given === undefined ? {} : { registered: presentable(given) as Record<string, unknown> };
      const { parent = "", ...others } = options(resource) ?? {};
      return { ...resource, parent, options: setOptions(others), ...own };
    }),
    outputs,
  };
}

/** Without the options that have their default. */
function setOptions(options: Partial<Omit<ResourceOptions, "parent">>): GraphResource["options"] {
  const { dependsOn = [], ...others } = options;
  const all = { ...others, dependsOn: [...dependsOn].sort() };
  const isSet = (value: string | boolean | readonly string[]) =>
    typeof value === "boolean" ? value : value.length > 0;
  return Object.fromEntries(Object.entries(all).filter(([, value]) => isSet(value)));
}

function settled(output: pulumi.Output<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
