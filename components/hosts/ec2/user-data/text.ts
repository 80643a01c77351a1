/** How the files of host/ are made smaller without becoming other programs. Pure. */

/**
 * Drops lines that hold nothing but a comment, and empty ones, except the first line's `#!` and what stands in a
 * triple-quoted string of Python. Who wants to know why a line is there reads it in the repository.
 */
export function withoutComments(text: string): string {
  let inString = false;
  const kept = text.split("\n").filter((line, index) => {
    const within = inString;
    if ((line.match(/"""/g) ?? []).length % 2 === 1) inString = !inString;
    return within || (index === 0 && line.startsWith("#!")) || !/^\s*(#|$)/.test(line);
  });
  return `${kept.join("\n")}\n`;
}

/** Indents Python by one space a level in place of four, but for what stands in a triple-quoted string. */
export function tightlyIndented(python: string): string {
  let inString = false;
  const lines = python.split("\n").map((line) => {
    const within = inString;
    if ((line.match(/"""/g) ?? []).length % 2 === 1) inString = !inString;
    return within ? line : line.replace(/^(?: {4})+/, (indent) => " ".repeat(indent.length / 4));
  });
  return lines.join("\n");
}

/** Names the interpreter in a script's first line. */
export function withInterpreter(text: string, interpreter: string): string {
  if (!text.startsWith("#!")) throw new Error("a script must begin with #! and its interpreter");
  return text.replace(/^#!.*/, `#!${interpreter}`);
}
