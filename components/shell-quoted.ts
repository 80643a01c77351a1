/** A value as a word of the shell, which reads it back unchanged; also an empty one. */
export function shellQuoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replace(/'/g, `'\\''`)}'`;
}

/** Words as a command to paste. */
export const shellCommand = (...words: readonly string[]): string => words.map(shellQuoted).join(" ");
