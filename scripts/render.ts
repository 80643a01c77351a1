// npm run render -- <stack> [--file NAME]: what a stack would be, without engine, credentials or network: the resource
// graph as JSON, or one rendered file. A wrong NAME names the ones that there are.
import { keyOf } from "../components/settings/schema";
import { settle } from "../components/settings/settings";
import { type RawSettings, isEncrypted, validate } from "../components/settings/validate";
import { BadInput } from "./lib/errors";
import { type Graph, programGraph } from "./lib/graph";
import { main } from "./lib/main";
import { ec2Renderings, localRenderings } from "./lib/renderings";
import { readStackFile, worldOf } from "./lib/stack-file";
import { parse } from "./lib/start-arguments";

/** Rendering promises the same text on every machine: the CPU count is a deployment's to find out. */
const cpus = 2;

/** Stands for a secret that only the stack can decrypt, in the form that its setting wants. */
function standIn(name: string): string {
  const text = "known-to-the-stack-only";
  return name === "slackWebhook" ? `https://hooks.slack.com/services/${text}` : text;
}

/** Settings as the engine would hand them to the program; a secret stays one without being known. */
function asConfig(raw: RawSettings): Record<string, string> {
  const entries = Object.entries(raw).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const text = isEncrypted(value) ? standIn(name) : typeof value === "string" ? value : JSON.stringify(value);
      return [keyOf(name), text];
    }),
  );
}

/** What reviewers look at: what a component registers as its outputs is among the stack's. */
function presented({ resources, outputs }: Graph): unknown {
  return { resources: resources.map(({ type, name, parent, inputs }) => ({ type, name, parent, inputs })), outputs };
}

main(async (args) => {
  const usage = "npm run render -- <stack> [--file NAME]";
  const { values, positionals } = parse(args, { file: { type: "string" } }, usage);
  const stackFile = readStackFile(positionals[0] ?? "local");
  const { values: known, faults } = validate(stackFile.raw, worldOf(stackFile));
  if (faults.length > 0) throw new BadInput(faults);
  const settings = settle(known, stackFile.stack, cpus);
  const raw = { ...stackFile.raw, llamaThreads: settings.llama.threads };
  const graph = () => programGraph(stackFile.stack, asConfig(raw));
  if (values.file === undefined) {
    process.stdout.write(`${JSON.stringify(presented(await graph()), null, 2)}\n`);
    return 0;
  }
  const renderings = settings.host.kind === "ec2" ? ec2Renderings(await graph()) : localRenderings(settings);
  const render = Object.hasOwn(renderings, values.file) ? renderings[values.file] : undefined;
  if (render === undefined) {
    const problem = `is no file of this stack; there are ${Object.keys(renderings).join(", ")}`;
    throw new BadInput([{ key: "--file", value: values.file, problem, remedy: usage }]);
  }
  process.stdout.write(render());
  return 0;
});
