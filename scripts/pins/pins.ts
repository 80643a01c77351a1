import pins from "../../pins.json";

/** One pinned value. */
export interface Pin {
  /** Its path in pins.json: `pulumi.cli.version`. */
  readonly name: string;
  readonly value: string;
}

function flatten(name: string, value: unknown): Pin[] {
  if (typeof value === "string") return [{ name, value }];
  const entries = Object.entries(value as object);
  if (entries.length === 0) return [{ name, value: "none known" }];
  return entries.flatMap(([key, child]) => flatten(name === "" ? key : `${name}.${key}`, child));
}

/** Every pin, in the order of the file. */
export const allPins: readonly Pin[] = flatten("", pins);
