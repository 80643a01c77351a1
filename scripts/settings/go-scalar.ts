/**
 * What a plain YAML scalar means to Pulumi. It reads YAML with Go's yaml.v3, whose rules are neither those of YAML 1.1 nor
 * of 1.2: `yes` is text, `010` is eight, `1_000` a thousand, and `2026-01-02` a time.
 * https://github.com/go-yaml/yaml/blob/v3/resolve.go
 */

/** A scalar: text, a number with its decimal digits (they may exceed a JavaScript number), true, false, null. */
export type Scalar =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly digits: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" };

const text = (value: string): Scalar => ({ kind: "text", text: value });

const words = new Map<string, Scalar>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, { kind: "null" }] as const),
  ...["true", "True", "TRUE"].map((word) => [word, { kind: "boolean", value: true }] as const),
  ...["false", "False", "FALSE"].map((word) => [word, { kind: "boolean", value: false }] as const),
]);

const most = 2n ** 64n - 1n;
const least = -(2n ** 63n);

/** An integer in the notations of Go and of YAML 1.1, without underscores; undefined for anything else. */
function integer(plain: string): bigint | undefined {
  const [, sign = "", rest = ""] = /^([-+]?)(.*)$/s.exec(plain) ?? [];
  const digits = /^(0|[1-9][0-9]*|0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/.test(rest)
    ? rest.toLowerCase()
    : /^0[0-7]+$/.test(rest)
      ? `0o${rest.slice(1)}`
      : undefined;
  if (digits === undefined) return undefined;
  const value = sign === "-" ? -BigInt(digits) : BigInt(digits);
  // Go reads an unsigned number without a sign only.
  const highest = sign === "" ? most : 2n ** 63n - 1n;
  return value >= least && value <= highest ? value : undefined;
}

/** A number with a fraction or an exponent, as Go's JSON encoder writes it; undefined for anything else. */
function decimal(plain: string): string | undefined {
  if (!/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain)) return undefined;
  const value = Number(plain);
  if (!Number.isFinite(value)) return undefined;
  // Go and JavaScript write the same shortest digits, and switch to an exponent at the same values.
  return Object.is(value, -0) ? "0" : String(value);
}

/** Whether the words mean infinity or no number: Pulumi cannot pass them to a program. */
export const isUnrepresentable = (plain: string): boolean => /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/.test(plain);

/** A time as Go prints it; undefined for anything else. Go reads short months, days and hours, and checks the calendar. */
function time(plain: string): string | undefined {
  const pattern =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)?)?$/;
  const found = pattern.exec(plain);
  if (found === null) return undefined;
  const [, year = "", month = "", day = "", separator, hour = "0", minute = "0", second = "0", fraction = ""] = found;
  const zone = found[9];
  // With a space there is no zone, with a T there must be one.
  if (separator !== undefined && (separator === " ") !== (zone === undefined)) return undefined;
  const parts = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [y, mo, d, h, mi, s] = parts;
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d || h > 23 || mi > 59 || s > 59) return undefined;
  const two = (value: number) => String(value).padStart(2, "0");
  const digits = fraction.slice(0, 9).replace(/0+$/, "");
  const offset = zone === undefined || zone === "Z" || /[-+]00:00/.test(zone) ? "+0000 UTC" : numeric(zone);
  if (offset === undefined) return undefined;
  return `${year}-${two(mo)}-${two(d)} ${two(h)}:${two(mi)}:${two(s)}${digits === "" ? "" : `.${digits}`} ${offset}`;
}

/** A zone without a name: its offset in place of the name. */
function numeric(zone: string): string | undefined {
  const [, hours = "", minutes = ""] = /(\d\d):(\d\d)/.exec(zone) ?? [];
  if (Number(hours) > 24 || Number(minutes) > 59) return undefined;
  const offset = zone.replace(":", "");
  return `${offset} ${offset}`;
}

/** Resolves a plain (unquoted) scalar. */
export function plainScalar(source: string): Scalar {
  const word = words.get(source);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(source)) return text(source);
  if (source.startsWith(".")) {
    // Here, underscores must be between digits; in the other notations they may be anywhere.
    const value = /(?<![0-9])_|_(?![0-9])/.test(source) ? undefined : decimal(source.replaceAll("_", ""));
    return value === undefined ? text(source) : { kind: "number", digits: value };
  }
  const moment = time(source);
  if (moment !== undefined) return text(moment);
  const plain = source.replaceAll("_", "");
  const whole = integer(plain);
  if (whole !== undefined) return { kind: "number", digits: String(whole) };
  const value = decimal(plain);
  return value === undefined ? text(source) : { kind: "number", digits: value };
}
