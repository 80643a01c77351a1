import { type SecretName, secretNames } from "../../components/services/secrets";
import { keyOf, secretSettings } from "../../components/settings/schema";
import type { Settings } from "../../components/settings/types";
import { type RawSettings, isEncrypted } from "../../components/settings/validate";
import { validSettings } from "../lib/settings";
import type { StackFile } from "../lib/stack-file";
import { type Graph, type ShownResource, programGraph } from "./graph";
import { type Renderings, ec2Renderings, localRenderings } from "./renderings";

/** What `npm run render` prints of a stack. */
export interface RenderedStack {
  readonly graph: Graph;
  readonly files: Renderings;
}

/** A fixed number of CPUs, so that every machine renders the same text; a deployment uses the real number. */
const cpus = 2;

/** A placeholder for a secret that only the stack can decrypt, in the form that its setting requires. */
function placeholder(name: string): string {
  const text = "known-to-the-stack-only";
  return name === "slackWebhook" ? `https://hooks.slack.com/services/${text}` : text;
}

/** Settings as the engine passes them to the program, with placeholders for encrypted values. */
function asConfig(raw: RawSettings): Record<string, string> {
  const entries = Object.entries(raw).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const text = isEncrypted(value) ? placeholder(name) : typeof value === "string" ? value : JSON.stringify(value);
      return [keyOf(name), text];
    }),
  );
}

function renderingsOf(settings: Settings, graph: Graph, secrets: readonly SecretName[]): Renderings {
  switch (settings.host.kind) {
    case "local":
      return localRenderings(settings, secrets);
    case "ec2":
      return ec2Renderings(graph);
  }
}

/**
 * Renders a stack without engine, credentials or network.
 *
 * @throws BadInput with every error in the stack's settings.
 */
export async function renderStack(stackFile: StackFile): Promise<RenderedStack> {
  const settings = validSettings(stackFile, cpus);
  const fixed = settings.llm.kind === "builtin" ? { llamaThreads: settings.llama.threads } : {};
  const raw = { ...stackFile.raw, ...fixed };
  // The token of the API always exists: by default it is generated.
  const secrets = secretNames.filter((name) => name === "api-token" || secretSettings[name] in stackFile.raw);
  const graph = await programGraph(stackFile.stack, asConfig(raw));
  return { graph, files: renderingsOf(settings, graph, secrets) };
}

/** A graph as the JSON text that reviewers read. What components register as outputs is left out: the stack's outputs hold it. */
export function graphText({ resources, outputs }: Graph): string {
  const shown = resources.map(({ type, name, parent, options, inputs }): ShownResource => ({
    ...{ type, name, parent, options },
    inputs: "contentBase64" in inputs ? { ...inputs, contentBase64: "[see --file bundle]" } : inputs,
  }));
  return `${JSON.stringify({ resources: shown, outputs }, null, 2)}\n`;
}
