/** Long command lines in lines that a terminal shows whole. What reads them, a shell or systemd, reads the same words. */

/** The columns of the narrowest terminal that people use. */
const width = 80;

const indent = "    ";

/**
 * Words in lines that continue, broken before options only, so that an option stays with its value.
 *
 * @param words each quoted for its reader. None is broken: a longer one stays whole.
 */
export function wrapOptions(words: readonly string[]): string {
  const lines: string[] = [];
  let line = "";
  // An option and what follows it, up to the next one.
  for (const phrase of phrases(words)) {
    if (line !== "" && line.length + phrase.length + " ".length + " \\".length > width) {
      lines.push(line);
      line = indent + phrase;
    } else {
      line = line === "" ? phrase : `${line} ${phrase}`;
    }
  }
  return [...lines, line].join(" \\\n");
}

function phrases(words: readonly string[]): string[] {
  const found: string[][] = [];
  for (const word of words) {
    const current = found.at(-1);
    if (current === undefined || word.startsWith("--")) found.push([word]);
    else current.push(word);
  }
  return found.map((phrase) => phrase.join(" "));
}

/**
 * A unit with its long commands in lines that continue: systemd joins them by a space, see systemd.syntax(7). No line can
 * begin with a sign of a comment, because each begins with an option.
 */
export function wrapUnit(unit: string): string {
  // For JavaScript, other characters than the line feed end a line too; for systemd they do not.
  return unit.replace(/(?<![^\n])Exec\w+=[^\n]*/g, (line) => wrapOptions(line.match(/"(?:[^"\\]|\\[^])*"|\S+/g) ?? []));
}
