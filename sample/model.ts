import * as fs from "node:fs";
import * as path from "node:path";

import { type Metadata, type Tensor, encodeGguf } from "./gguf";

/**
 * A tiny language model that the real llama-server loads: the llama architecture with two layers of random weights, less
 * than a megabyte. It is for tests, and for machines that cannot download SmolLM2 either. Its output is meaningless: a
 * random sequence of the words below.
 */

/** Its name in llama-server and in the health report. */
export const tinyModelName = "linnix-sample-tiny";

const words = `the a host is busy calm load looks steady normal process tree forks often rarely memory pressure low high
disk network quiet spike seen no fault found watch again later short lived jobs start and end kernel events arrive in
order nothing unusual here sample model speaks random words only not insight cpu idle user system waits little much more
less than before after while this that these those program child parent counts calls signals ports sockets files reads
writes slow fast trend rising falling flat stable burst cache warm cold queue empty full healthy`
  .split(/\s+/)
  .filter((word) => word !== "");

const size = { embedding: 64, layers: 2, heads: 4, forward: 128, context: 8192 };

/** Normally distributed random numbers, equal on every run: mulberry32 with the Box-Muller transform. */
function normal(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 4294967297;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Control tokens, one token per byte for the prompt, then the words of the output. */
function vocabulary(): { tokens: string[]; types: number[] } {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
  const unique = [...new Set(words)].map((word) => `\u2581${word}`);
  return {
    tokens: ["<unk>", "<s>", "</s>", ...bytes, ...unique],
    // GGUF's token types: 2 unknown, 3 control, 6 byte, 1 normal.
    types: [2, 3, 3, ...bytes.map(() => 6), ...unique.map(() => 1)],
  };
}

/** The bytes of the model file, equal on every run. */
export function tinyModel(): Buffer {
  const { tokens, types } = vocabulary();
  const next = normal(20261124);
  const random = (name: string, ...shape: number[]): Tensor => {
    const data = new Float32Array(shape.reduce((product, dimension) => product * dimension, 1));
    for (let index = 0; index < data.length; index++) data[index] = next() * 0.05;
    return { name, shape, data };
  };
  const ones = (name: string): Tensor => ({
    name,
    shape: [size.embedding],
    data: new Float32Array(size.embedding).fill(1),
  });

  // Words get large weights and all other tokens none, so that the most likely next token is nearly always a word.
  const output = random("output.weight", size.embedding, tokens.length);
  const firstWord = types.indexOf(1);
  for (let index = 0; index < output.data.length; index++) {
    output.data[index] = index < firstWord * size.embedding ? 0 : (output.data[index] ?? 0) * 6;
  }
  const square = [size.embedding, size.embedding] as const;
  const tensors = [
    random("token_embd.weight", size.embedding, tokens.length),
    ones("output_norm.weight"),
    output,
    ...Array.from({ length: size.layers }, (_, layer) => `blk.${layer}`).flatMap((block) => [
      ones(`${block}.attn_norm.weight`),
      ...["attn_q", "attn_k", "attn_v", "attn_output"].map((part) => random(`${block}.${part}.weight`, ...square)),
      ones(`${block}.ffn_norm.weight`),
      random(`${block}.ffn_gate.weight`, size.embedding, size.forward),
      random(`${block}.ffn_up.weight`, size.embedding, size.forward),
      random(`${block}.ffn_down.weight`, size.forward, size.embedding),
    ]),
  ];
  const count = (value: number): Metadata => ({ type: "uint32", value });
  const metadata: Record<string, Metadata> = {
    "general.architecture": { type: "string", value: "llama" },
    "general.name": { type: "string", value: tinyModelName },
    "general.file_type": count(0),
    "llama.context_length": count(size.context),
    "llama.embedding_length": count(size.embedding),
    "llama.block_count": count(size.layers),
    "llama.feed_forward_length": count(size.forward),
    "llama.attention.head_count": count(size.heads),
    "llama.attention.head_count_kv": count(size.heads),
    "llama.attention.layer_norm_rms_epsilon": { type: "float32", value: 1e-5 },
    "llama.rope.dimension_count": count(size.embedding / size.heads),
    "llama.vocab_size": count(tokens.length),
    "tokenizer.ggml.model": { type: "string", value: "llama" },
    "tokenizer.ggml.tokens": { type: "strings", value: tokens },
    "tokenizer.ggml.scores": { type: "float32s", value: tokens.map(() => 0) },
    "tokenizer.ggml.token_type": { type: "int32s", value: types },
    "tokenizer.ggml.bos_token_id": count(1),
    "tokenizer.ggml.eos_token_id": count(2),
    "tokenizer.ggml.unknown_token_id": count(0),
  };
  return encodeGguf(metadata, tensors);
}

/** Writes the model atomically. Keeps a file that has the same bytes already, so that its modification time stays. */
export async function writeTinyModel(file: string): Promise<void> {
  const bytes = tinyModel();
  const existing = await fs.promises.readFile(file).catch(() => undefined);
  // Readable by all, whatever the umask is, because the server runs as another user.
  if (existing?.equals(bytes) === true) return fs.promises.chmod(file, 0o644);
  await fs.promises.mkdir(path.dirname(file), { recursive: true });
  await fs.promises.writeFile(`${file}.${process.pid}`, bytes);
  await fs.promises.chmod(`${file}.${process.pid}`, 0o644);
  await fs.promises.rename(`${file}.${process.pid}`, file);
}
