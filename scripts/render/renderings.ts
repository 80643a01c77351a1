import { parseTar } from "nanotar";

import { localServices } from "../../components/hosts/local/plan";
import type { DesiredState } from "../../components/hosts/ec2/protocol";
import { composeFile } from "../../components/services/render/compose";
import { dockerRunArguments } from "../../components/services/render/docker-run";
import { byService, serviceNames } from "../../components/services/catalogue";
import type { SecretName } from "../../components/services/secrets";
import type { ConfigFile, ServiceSpec } from "../../components/services/service";
import { shellQuoted } from "../../components/shell-quoted";
import { type StackServices, inOrder } from "../../components/services/stack-services";
import { quickstartScript } from "../quickstart/script";
import type { Graph } from "./graph";
import { wrapOptions, wrapUnit } from "./wrap-options";
import type { Settings } from "../../components/settings/types";

/** Files of a stack by name; each is rendered when its function is called. */
export type Renderings = Readonly<Record<string, () => string>>;

/** In place of images that the stack builds. */
const builtImages: Readonly<Record<string, string>> = byService(serviceNames, (name) => `linnix/${name}@sha256:DIGEST`);

/** The last part of a container's name: `cognitod` of `linnix-dev-cognitod`. */
const part = (name: string): string => name.split("-").pop() ?? name;

/** A configuration file with the names of its secrets instead of their values. */
const textOf = ({ parts }: ConfigFile): string =>
  parts.map((part) => (typeof part === "string" ? part : `<${part.secret}>`)).join("");

/** Why a file that some stacks have may be missing, by its name. */
export const conditions: Readonly<Record<string, string>> = {
  quickstart: "it is rendered for a local stack with linnix:images, and without secrets in configuration files",
};

/** The script that starts the stack's published images without Pulumi. A secret's value is in no rendering. */
function quickstartOf(
  settings: Settings,
  services: StackServices,
  files: Readonly<Record<string, string>>,
): Renderings {
  const parts = inOrder(services).flatMap((spec) => (spec.files ?? []).flatMap((file) => file.parts));
  if (settings.prebuilt === undefined || parts.some((part) => typeof part !== "string")) return {};
  return { quickstart: () => quickstartScript(settings, services, files) };
}

/** A local stack: the compose file, the configuration files beside it, and the command that starts each container by hand. */
export function localRenderings(settings: Settings, secrets: readonly SecretName[]): Renderings {
  const services = localServices(settings, secrets);
  const specs = inOrder(services);
  const images: Readonly<Record<string, string>> = settings.prebuilt ?? builtImages;
  const command = (spec: ServiceSpec) => {
    const words = dockerRunArguments(spec, { image: images[spec.image] ?? spec.image, secretsFile: "secrets.env" });
    return shellLines(["docker", "run", "--detach", ...words]);
  };
  const mayFail = settings.requireKernelInstrumentation ? [] : [services.preflight.name];
  const compose = () => composeFile(specs, images, mayFail);
  const configs = Object.fromEntries(
    specs.flatMap(({ files = [] }) => files.map((file) => [file.name, textOf(file)] as const)),
  );
  return {
    compose,
    ...quickstartOf(settings, services, { "docker-compose.yaml": compose(), ...configs }),
    ...Object.fromEntries(Object.entries(configs).map(([name, text]) => [name, () => text])),
    ...Object.fromEntries(specs.map((spec) => [part(spec.name), () => command(spec)])),
  };
}

/** A command to paste. */
const shellLines = (words: readonly string[]): string => `${wrapOptions(words.map(shellQuoted))}\n`;

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What is written as JSON, laid out for reading. */
const pretty = (text: unknown): unknown => (typeof text === "string" ? (JSON.parse(text) as unknown) : text);

/** Every policy document of a graph by the resource that holds it. */
function policies({ resources }: Graph): Record<string, unknown> {
  const fields = ["policy", "assumeRolePolicy"];
  const found = resources.flatMap(({ type, name, inputs }) =>
    fields.flatMap((field) => {
      const text = type.startsWith("aws:") ? inputs[field] : undefined;
      return text === undefined ? [] : [[field === "policy" ? name : `${name} (trust)`, pretty(text)] as const];
    }),
  );
  return Object.fromEntries(found);
}

function inputsOf({ resources }: Graph, type: string): Readonly<Record<string, unknown>> {
  return resources.find((resource) => resource.type === type)?.inputs ?? {};
}

/** The files of the host bundle. */
function bundleOf(graph: Graph) {
  const { contentBase64 } = inputsOf(graph, "aws:s3/bucketObjectv2:BucketObjectv2");
  // Copied, because the parser expects the bytes at the start of their buffer.
  return parseTar(Uint8Array.from(Buffer.from(String(contentBase64), "base64")));
}

/** A file of the bundle that is rendered for the stack. The others are files of host/. */
const bundled = (graph: Graph, name: string): string => bundleOf(graph).find((file) => file.name === name)?.text ?? "";

/** The stack's own files on an EC2 host and in AWS, taken from the graph: what is reviewed is what is deployed. */
export function ec2Renderings(graph: Graph): Renderings {
  const document = inputsOf(graph, "pulumi-nodejs:dynamic/linnix:Rollout").document as DesiredState;
  const units = document.steps.flatMap((step) =>
    step.kind === "service" ? [[`${part(step.name)}.service`, () => wrapUnit(step.unit)] as const] : [],
  );
  const commands = document.steps.flatMap((step) =>
    step.kind === "once" ? [[part(step.name), () => shellLines(["docker", "run", "--rm", ...step.run])] as const] : [],
  );
  return {
    "user-data": () => String(inputsOf(graph, "aws:ec2/instance:Instance").userData),
    bundle: () =>
      bundleOf(graph)
        .map(({ name, attrs }) => `${attrs?.mode ?? ""} ${name}\n`)
        .join(""),
    "host.env": () => bundled(graph, "host.env"),
    "cloudwatch-agent": () => json(pretty(bundled(graph, "files/etc/linnix/cloudwatch-agent.json"))),
    "desired-state": () => json(document),
    policies: () => json(policies(graph)),
    dashboard: () => json(pretty(inputsOf(graph, "aws:cloudwatch/dashboard:Dashboard").dashboardBody)),
    ...Object.fromEntries([...units, ...commands]),
  };
}
