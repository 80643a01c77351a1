import { type Mount, type Network, type ServiceSpec, type Storage, stackName, storageMount } from "./service";

/** What differs between one llama-server and another. */
export interface LlamaOptions {
  readonly stack: string;
  readonly port: number;
  readonly memoryMiB: number;
  readonly threads: number;
  /** Tokens of context; cognitod's prompt alone is over 731. */
  readonly context: number;
  readonly model: ModelPlace;
  /** The engine's volumes by default. */
  readonly storage?: Storage;
}

/** A model inside the containers. */
export interface ModelPlace {
  /** What the API and the health report call it. */
  readonly name: string;
  /** The host's file, or nothing when it is fetched into the model volume. */
  readonly file?: string;
}

/** How a model is fetched into the volume. */
export interface FetchOptions {
  readonly stack: string;
  readonly name: string;
  readonly url: string;
  readonly sha256?: string;
  /** The engine's volumes by default. */
  readonly storage?: Storage;
  /**
   * The host's by default: a model server on this machine's loopback, or a VPN, is reached as the person would reach it.
   */
  readonly network?: Network;
}

const folder = "/models";
const user = "65532:65532";

/** The network that llama-server listens on; it publishes its port on the host's loopback. */
export function llamaNetwork(stack: string, publish: readonly number[]): Network {
  return { kind: "bridge", name: stackName(stack, "net"), publish };
}

function modelMount(stack: string, model: ModelPlace, storage: Storage | undefined, readOnly: boolean): Mount {
  return model.file === undefined
    ? storageMount(storage ?? { kind: "volumes" }, stack, {
        volume: "models",
        folder: "models",
        target: folder,
        readOnly,
      })
    : { kind: "bind", source: model.file, target: `${folder}/${model.name}.gguf`, readOnly: true };
}

/** Answers 200 only once the model is loaded, 503 while it loads. */
export function llamaProbe(port: number): { command: string[] } {
  return {
    command: ["/usr/bin/curl", "-s", "--max-time", "4", "-w", "\\n%{http_code}", `http://127.0.0.1:${port}/health`],
  };
}

/** The language model's server: no privilege at all, its own network, reachable from this machine only. */
export function llamaSpec(options: LlamaOptions): ServiceSpec {
  return {
    name: stackName(options.stack, "llama"),
    image: "llama",
    arguments: [
      ...["--host", "0.0.0.0", "--port", String(options.port)],
      ...["--model", `${folder}/${options.model.name}.gguf`, "--alias", options.model.name],
      ...["--ctx-size", String(options.context), "--threads", String(options.threads)],
      // One request at a time: cognitod asks one question at a time, and each slot costs a context's memory.
      ...["--parallel", "1", "--no-webui"],
    ],
    environment: {},
    secrets: {},
    user,
    capabilities: [],
    hostPid: false,
    network: llamaNetwork(options.stack, [options.port]),
    mounts: [modelMount(options.stack, options.model, options.storage, true)],
    memoryMiB: options.memoryMiB,
    pids: 512,
    restart: "always",
    stopSeconds: 10,
    health: {
      probe: llamaProbe(options.port),
      intervalSeconds: 10,
      timeoutSeconds: 5,
      retries: 3,
      // A 2 GB model is read from a cold disk before the first 200.
      startPeriodSeconds: 300,
    },
  };
}

/** Fetches the model into the volume, once: resumes, checks, and does nothing when it is there. */
export function fetchModelSpec(options: FetchOptions): ServiceSpec {
  return {
    name: stackName(options.stack, "model"),
    image: "llama",
    entrypoint: ["/usr/local/bin/fetch-model"],
    arguments: [],
    environment: {
      MODEL_URL: options.url,
      MODEL_FILE: `${options.name}.gguf`,
      MODEL_DIR: folder,
      ...(options.sha256 === undefined ? {} : { MODEL_SHA256: options.sha256 }),
    },
    secrets: {},
    user,
    capabilities: [],
    hostPid: false,
    network: options.network ?? { kind: "host" },
    mounts: [modelMount(options.stack, { name: options.name }, options.storage, false)],
    memoryMiB: 256,
    pids: 64,
    restart: "never",
    stopSeconds: 10,
  };
}
