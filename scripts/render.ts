// npm run render -- <stack> [--file compose|cognitod|llama|preflight|model]: what a stack would be, without engine,
// credentials or network: the resource graph as JSON, or one rendered file.
import { inOrder, localServices } from "../components/hosts/local/services";
import { dockerRunArguments } from "../components/services/render/docker-run";
import { composeFile } from "../components/services/render/compose";
import { type RawSettings, isEncrypted, validate } from "../components/settings/validate";
import { type Settings, settle } from "../components/settings/settings";
import { BadInput } from "./lib/errors";
import { programGraph } from "./lib/graph";
import { main } from "./lib/main";
import { readStackFile, worldOf } from "./lib/stack-file";
import { parse } from "./lib/start-arguments";

/** Rendering promises the same text on every machine: the CPU count is a deployment's to find out. */
const cpus = 2;

const images = { cognitod: "linnix/cognitod@sha256:DIGEST", llama: "linnix/llama@sha256:DIGEST" };

/** Every file that can be asked for by name. */
function files(settings: Settings): Record<string, () => string> {
  const services = localServices(settings);
  const command = (spec: ReturnType<typeof inOrder>[number]) =>
    `docker run --detach ${dockerRunArguments(spec, { image: images[spec.image], secretsFile: "secrets.env" }).join(" ")}\n`;
  return {
    compose: () => composeFile(inOrder(services), images),
    ...Object.fromEntries(
      inOrder(services).map((spec) => [spec.name.split("-").pop() ?? spec.name, () => command(spec)]),
    ),
  };
}

/** Settings as the engine would hand them to the program; a secret stays one without being known. */
function asConfig(raw: RawSettings): Record<string, string> {
  const entries = Object.entries(raw).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const text = isEncrypted(value)
        ? "known-to-the-stack-only"
        : typeof value === "string"
          ? value
          : JSON.stringify(value);
      return [`linnix:${name}`, text];
    }),
  );
}

main(async (args) => {
  const usage = "npm run render -- <stack> [--file NAME]";
  const { values, positionals } = parse(args, { file: { type: "string" } }, usage);
  const stackFile = readStackFile(positionals[0] ?? "local");
  const { values: known, faults } = validate(stackFile.raw, worldOf(stackFile));
  if (faults.length > 0) throw new BadInput(faults);
  if (values.file === undefined) {
    const raw = { ...stackFile.raw, llamaThreads: stackFile.raw.llamaThreads ?? cpus };
    const { resources, outputs } = await programGraph(stackFile.stack, asConfig(raw));
    const graph = {
      resources: resources.map(({ type, name, parent, inputs }) => ({ type, name, parent, inputs })),
      outputs,
    };
    process.stdout.write(`${JSON.stringify(graph, null, 2)}\n`);
    return 0;
  }
  const renderings = files(settle(known, stackFile.stack, cpus));
  const render = renderings[values.file];
  if (render === undefined) {
    const problem = `is no file of this stack; there are ${Object.keys(renderings).join(", ")}`;
    throw new BadInput([{ key: "--file", value: values.file, problem, remedy: usage }]);
  }
  process.stdout.write(render());
  return 0;
});
