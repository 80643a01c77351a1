import { defined } from "../defined";
import { networkName, userOf } from "./catalogue";
import { type Proxy, proxyEnvironment } from "./proxy";
import { type Mount, type Network, type ServiceSpec, type Storage, engineName, storageMount } from "./service";

/** Options of llama-server. */
export interface LlamaOptions {
  readonly stack: string;
  readonly port: number;
  readonly memoryMiB: number;
  readonly threads: number;
  /** Tokens of context: cognitod's prompt takes up to 340 (150 words), its answer 200 at most. */
  readonly context: number;
  readonly model: ModelPlace;
  /** The engine's volumes by default. */
  readonly storage?: Storage;
}

/** A model inside the containers. */
export interface ModelPlace {
  /** Its name in the API and in the health report. */
  readonly name: string;
  /** Its file in {@link folder}. */
  readonly file: string;
  /** The same file on the host; undefined if the model is downloaded into the model volume. */
  readonly source?: string;
}

/** Options of the download of a model into the volume. */
export interface FetchOptions {
  readonly stack: string;
  /** The name that it gets in the volume. */
  readonly file: string;
  readonly url: string;
  readonly sha256?: string;
  /** The engine's volumes by default. */
  readonly storage?: Storage;
  /**
   * The host's by default: a model server on loopback, or behind a VPN, is reachable exactly as it is from this machine.
   */
  readonly network?: Network;
  /** None by default. */
  readonly proxy?: Proxy;
}

const folder = "/models";
const user = userOf("llama");

/** The network that llama-server listens on; it publishes its port on the host's loopback. */
export function llamaNetwork(stack: string, publish: readonly number[]): Network {
  return { kind: "bridge", name: engineName(stack, networkName), publish };
}

/** The volume of downloaded models. */
const modelVolume = (stack: string, storage: Storage = { kind: "volumes" }, readOnly: boolean): Mount =>
  storageMount(storage, stack, { volume: "models", folder: "models", target: folder, readOnly });

function modelMount({ stack, model, storage }: LlamaOptions): Mount {
  return model.source === undefined
    ? modelVolume(stack, storage, true)
    : { kind: "bind", source: model.source, target: `${folder}/${model.file}`, readOnly: true };
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
    name: engineName(options.stack, "llama"),
    image: "llama",
    arguments: [
      ...["--host", "0.0.0.0", "--port", String(options.port)],
      ...["--model", `${folder}/${options.model.file}`, "--alias", options.model.name],
      ...["--ctx-size", String(options.context), "--threads", String(options.threads)],
      // One request at a time: cognitod sends one at a time, and each slot costs a context's memory.
      ...["--parallel", "1", "--no-webui"],
      // By default up to 8 GiB of earlier prompts are kept in memory, more than the container has. cognitod repeats none.
      ...["--cache-ram", "0"],
    ],
    environment: {},
    secrets: {},
    user,
    capabilities: [],
    hostPid: false,
    hostCgroupns: false,
    network: llamaNetwork(options.stack, [options.port]),
    mounts: [modelMount(options)],
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

/** Downloads the model into the volume, once: resumes, verifies, and does nothing if it exists. */
export function fetchModelSpec(options: FetchOptions): ServiceSpec {
  return {
    name: engineName(options.stack, "model"),
    image: "llama",
    entrypoint: ["/usr/local/bin/fetch-model"],
    arguments: [],
    environment: {
      MODEL_URL: options.url,
      MODEL_FILE: options.file,
      ...defined({ MODEL_SHA256: options.sha256 }),
      ...(options.proxy === undefined ? {} : proxyEnvironment(options.proxy)),
    },
    secrets: {},
    user,
    capabilities: [],
    hostPid: false,
    hostCgroupns: false,
    network: options.network ?? { kind: "host" },
    mounts: [modelVolume(options.stack, options.storage, false)],
    memoryMiB: 256,
    pids: 64,
    restart: "never",
    stopSeconds: 10,
  };
}
