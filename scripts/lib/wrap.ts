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
