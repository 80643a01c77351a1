import { defined } from "../defined";
import type { AlertRule } from "./alerts/rules-file";
import { choosesKernel, hostOf } from "./host";
import { llmOf, servicesOf } from "./llm/resolve";
import type { FileFacts } from "./model/file";
import { modelOf } from "./model/resolve";
import { prebuiltOf, registryOf } from "./registry/resolve";
import type { Values } from "./schema";
import { cognitodOf, llamaOf, portsOf } from "./services";
import type { Settings, Source } from "./types";

/** Upstream's repository. */
export const upstreamRepository = "https://github.com/linnix-os/linnix";

/** The sample daemon, relative to the project's folder. */
const sampleSource = "sample/daemon";

function sourceOf({ source, sourceCommit }: Values): Source {
  if (source === "sample") return { kind: "sample", location: sampleSource, revision: "sample" };
  if (source === "auto" || source === "upstream") {
    return { kind: "upstream", location: `${upstreamRepository}.git#${sourceCommit}`, revision: sourceCommit };
  }
  return { kind: "local", location: source, revision: "local" };
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === "object" && child !== null) freeze(child as object);
  return Object.freeze(value);
}

/**
 * Resolves valid values. `auto` means upstream, the registries and root here: only `npm start` probes what is reachable and may
 * choose differently, and it writes its choice into the settings.
 *
 * @param cpus number of CPUs of the engine's machine: the default of `llamaThreads` on a local host.
 * @param rules the content of the file that `values.rules` names.
 * @param modelFile of the file that `values.model` names.
 * @throws Error if a value is missing that `validate` requires.
 */
export function resolveSettings(
  values: Values,
  stack: string,
  cpus: number,
  rules?: readonly AlertRule[],
  modelFile?: FileFacts,
): Settings {
  const host = hostOf(values);
  const services = servicesOf(values);
  const prebuilt = prebuiltOf(values, services);
  return freeze<Settings>({
    stack,
    host,
    registry: registryOf(values),
    builder: values.builder,
    ...(prebuilt === undefined ? {} : { prebuilt }),
    source: sourceOf(values),
    ...(rules === undefined ? {} : { rules: [...rules] }),
    ...defined({ cognitodConfig: values.cognitodConfig }),
    llm: llmOf(values),
    services,
    model: modelOf(values, modelFile),
    baseImages: { ...values.baseImages },
    ...(values.engineOwner === undefined ? {} : { engineOwner: values.engineOwner }),
    privileges: values.privileges,
    cognitodUser: values.cognitodUser === "cognitod" ? "cognitod" : "root",
    requireKernelInstrumentation: choosesKernel(host) || values.requireKernelInstrumentation === true,
    ports: portsOf(values),
    cognitod: cognitodOf(values),
    llama: llamaOf(values, host, cpus),
    healthTimeoutSeconds: values.healthTimeout,
  });
}
