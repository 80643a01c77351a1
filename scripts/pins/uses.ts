import { type Copy, type Read, pinCopies, pinOf, readProjectFile } from "./copies";
import { type Pin, allPins } from "./pins";

/** A pin, and the places that use it. */
export interface PinUses extends Pin {
  /** Files that import the value, and copies as `file (place)`. */
  readonly uses: readonly string[];
}

/** The paths that a TypeScript file reads from pins.json: `pins.images.rust`, or a part of it such as `pins.images`. */
function readPaths(text: string): string[] {
  if (!/from "[./]+\/pins\.json"/.test(text)) return [];
  return [...text.matchAll(/\bpins((?:\.\w+|\["[\w-]+"\])+)/g)].map(([, names = ""]) =>
    names.replace(/\["([\w-]+)"\]/g, ".$1").slice(1),
  );
}

/** Each pin with its uses in the given files of the project, which can be read at least one level above the value. */
export function pinUses(files: readonly string[], read: Read = readProjectFile): PinUses[] {
  const copies: readonly Copy[] = pinCopies(files, read);
  const readers = files
    .filter((file) => file.endsWith(".ts") && !file.startsWith("scripts/pins/"))
    .map((file) => ({ file, paths: readPaths(read(file)) }));
  return allPins.map(({ name, value }) => ({
    name,
    value,
    uses: [
      ...readers.filter(({ paths }) => paths.some((read) => `${name}.`.startsWith(`${read}.`))).map(({ file }) => file),
      ...copies.filter((copy) => pinOf(copy) === name).map(({ file, what }) => `${file} (${what})`),
    ],
  }));
}
