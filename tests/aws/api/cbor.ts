/** Reads CBOR (RFC 8949), as far as AWS's SDKs for Go write it: no value of indefinite length, no half-precision number. Pure. */

/** A value, and where the next one begins. */
type Read = readonly [value: unknown, next: number];

/** The argument of an item's first byte: a length, a count, or the value itself. */
function argument(bytes: Buffer, at: number): readonly [value: number, next: number] {
  const low = (bytes[at] ?? 0) & 31;
  switch (low) {
    case 24:
      return [bytes.readUInt8(at + 1), at + 2];
    case 25:
      return [bytes.readUInt16BE(at + 1), at + 3];
    case 26:
      return [bytes.readUInt32BE(at + 1), at + 5];
    case 27:
      return [Number(bytes.readBigUInt64BE(at + 1)), at + 9];
    default:
      if (low > 27) throw new Error(`CBOR: byte ${bytes[at]} at ${at}`);
      return [low, at + 1];
  }
}

function several(bytes: Buffer, from: number, count: number): readonly [values: unknown[], next: number] {
  const values: unknown[] = [];
  let at = from;
  while (values.length < count) {
    const [value, next] = read(bytes, at);
    values.push(value);
    at = next;
  }
  return [values, at];
}

/** A simple value or a number with a fraction. */
function simple(bytes: Buffer, at: number): Read {
  const low = (bytes[at] ?? 0) & 31;
  if (low === 26) return [bytes.readFloatBE(at + 1), at + 5];
  if (low === 27) return [bytes.readDoubleBE(at + 1), at + 9];
  return [{ 20: false, 21: true, 22: null }[low], at + 1];
}

function read(bytes: Buffer, at: number): Read {
  const major = (bytes[at] ?? 0) >> 5;
  if (major === 7) return simple(bytes, at);
  const [size, next] = argument(bytes, at);
  switch (major) {
    case 0:
      return [size, next];
    case 1:
      return [-1 - size, next];
    case 2:
    case 3:
      return [bytes.toString("utf8", next, next + size), next + size];
    case 4:
      return several(bytes, next, size);
    case 5: {
      const [flat, end] = several(bytes, next, 2 * size);
      const pairs = flat.flatMap((key, index) => (index % 2 === 0 ? [[String(key), flat[index + 1]] as const] : []));
      return [Object.fromEntries(pairs), end];
    }
    default:
      // A tag says what the value after it means.
      return read(bytes, next);
  }
}

/** The value that bytes are. */
export const fromCbor = (bytes: Buffer): unknown => read(bytes, 0)[0];
