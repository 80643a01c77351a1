/**
 * A text in lines of at most `width` columns, broken between words. A word that is longer, such as an address, stays whole,
 * so that it can be copied.
 */
export function wrapped(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(" ")) {
    if (row !== "" && row.length + 1 + word.length > width) {
      rows.push(row);
      row = word;
    } else {
      row = row === "" ? word : `${row} ${word}`;
    }
  }
  return [...rows, row];
}

/** The least columns for a text beside its head. */
const narrowest = 20;

/** `head` and a text beside it, in lines of at most `width` columns: those after the first begin where the text does. */
export function hanging(head: string, text: string, width: number): string[] {
  const [first = "", ...rest] = wrapped(text, Math.max(narrowest, width - head.length));
  return [`${head}${first}`.trimEnd(), ...rest.map((line) => `${" ".repeat(head.length)}${line}`)];
}
