/** A writer for the part of GGUF version 3 that the sample model needs: metadata, and tensors of 32-bit floats. */

/** A metadata value with its GGUF type; the plural types are arrays. */
export type Metadata =
  | { readonly type: "uint32" | "int32" | "float32"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "float32s" | "int32s"; readonly value: readonly number[] };

/** A tensor in row-major order; `shape` begins with the dimension whose values are adjacent. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const codes = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const;
const alignment = 32;

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([u64(bytes.length), bytes]);
}

function scalar(type: "uint32" | "int32" | "float32", value: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (type === "float32") bytes.writeFloatLE(value);
  else if (type === "int32") bytes.writeInt32LE(value);
  else bytes.writeUInt32LE(value);
  return bytes;
}

function encode(item: Metadata): Buffer {
  const list = (type: "string" | "float32" | "int32", items: Buffer[]) =>
    Buffer.concat([u32(codes.array), u32(codes[type]), u64(items.length), ...items]);
  switch (item.type) {
    case "string":
      return Buffer.concat([u32(codes.string), text(item.value)]);
    case "strings":
      return list("string", item.value.map(text));
    case "float32s":
      return list(
        "float32",
        item.value.map((value) => scalar("float32", value)),
      );
    case "int32s":
      return list(
        "int32",
        item.value.map((value) => scalar("int32", value)),
      );
    case "uint32":
    case "int32":
    case "float32":
      return Buffer.concat([u32(codes[item.type]), scalar(item.type, item.value)]);
  }
}

const padding = (length: number): number => (alignment - (length % alignment)) % alignment;

/** Encodes a GGUF file. Equal arguments give equal bytes. */
export function encodeGguf(metadata: Readonly<Record<string, Metadata>>, tensors: readonly Tensor[]): Buffer {
  const entries = Object.entries(metadata).map(([key, value]) => Buffer.concat([text(key), encode(value)]));
  let offset = 0;
  const infos = tensors.map(({ name, shape, data }) => {
    const info = [text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset)];
    offset += data.byteLength + padding(data.byteLength);
    return Buffer.concat(info);
  });
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    ...[u64(tensors.length), u64(entries.length)],
    ...entries,
    ...infos,
  ]);
  const bodies = tensors.flatMap(({ data }) => [
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    Buffer.alloc(padding(data.byteLength)),
  ]);
  return Buffer.concat([head, Buffer.alloc(padding(head.length)), ...bodies]);
}
