/** The settings of each service's container, and how they are resolved. */
import type { PortName } from "../services/catalogue";
import { type Host, cpusOf } from "./host";
import type { Values } from "./schema";

/** Ports on 127.0.0.1. */
export type Ports = Readonly<Record<PortName, number>>;

export const portsOf = (values: Values): Ports => ({
  api: values.apiPort,
  health: values.healthPort,
  llama: values.llamaPort,
});

export interface CognitodSettings {
  readonly memoryMiB: number;
  readonly logLevel: string;
}

export const cognitodOf = (values: Values): CognitodSettings => ({
  memoryMiB: values.cognitodMemory,
  logLevel: values.logLevel,
});

export interface LlamaSettings {
  readonly memoryMiB: number;
  readonly threads: number;
  /** In tokens. */
  readonly context: number;
}

/** llama-server uses every CPU of the host by default; `engineCpus` is the number of CPUs of a local engine's machine. */
export const llamaOf = (values: Values, host: Host, engineCpus: number): LlamaSettings => ({
  memoryMiB: values.llamaMemory,
  threads: values.llamaThreads ?? cpusOf(host, engineCpus),
  context: values.llamaContext,
});
