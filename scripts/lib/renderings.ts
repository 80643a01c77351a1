import { gunzipSync } from "node:zlib";

import { localServices } from "../../components/hosts/local/services";
import type { DesiredState } from "../../components/services/desired-state";
import { composeFile } from "../../components/services/render/compose";
import { dockerRunArguments } from "../../components/services/render/docker-run";
import type { ServiceSpec } from "../../components/services/service";
import { inOrder } from "../../components/services/stack-services";
import type { Settings } from "../../components/settings/settings";
import type { Graph } from "./graph";

/** Files of a stack by name, each rendered when it is asked for. */
export type Renderings = Readonly<Record<string, () => string>>;

const images = { cognitod: "linnix/cognitod@sha256:DIGEST", llama: "linnix/llama@sha256:DIGEST" };

/** The last part of a container's name: `cognitod` of `linnix-dev-cognitod`. */
const part = (name: string): string => name.split("-").pop() ?? name;

/** A local stack: the compose file, and the command that starts each container by hand. */
export function localRenderings(settings: Settings): Renderings {
  const services = inOrder(localServices(settings));
  const command = (spec: ServiceSpec) => {
    const words = dockerRunArguments(spec, { image: images[spec.image], secretsFile: "secrets.env" });
    return `docker run --detach ${words.join(" ")}\n`;
  };
  return {
    compose: () => composeFile(services, images),
    ...Object.fromEntries(services.map((spec) => [part(spec.name), () => command(spec)])),
  };
}

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

/** User data as cloud-init reads it: EC2 gets it compressed. */
function userDataOf({ userDataBase64 }: Readonly<Record<string, unknown>>): string {
  return gunzipSync(Buffer.from(String(userDataBase64), "base64")).toString("utf8");
}

/** The stack's own files on an EC2 host and in AWS, taken from the graph: what is reviewed is what is deployed. */
export function ec2Renderings(graph: Graph): Renderings {
  const document = inputsOf(graph, "pulumi-nodejs:dynamic/linnix:Rollout").document as DesiredState;
  const units = document.steps.flatMap((step) =>
    step.kind === "service" ? [[`${part(step.name)}.service`, () => step.unit] as const] : [],
  );
  const commands = document.steps.flatMap((step) =>
    step.kind === "once" ? [[part(step.name), () => `docker run --rm ${step.run.join(" ")}\n`] as const] : [],
  );
  return {
    "user-data": () => userDataOf(inputsOf(graph, "aws:ec2/instance:Instance")),
    "desired-state": () => json(document),
    policies: () => json(policies(graph)),
    dashboard: () => json(pretty(inputsOf(graph, "aws:cloudwatch/dashboard:Dashboard").dashboardBody)),
    ...Object.fromEntries([...units, ...commands]),
  };
}
