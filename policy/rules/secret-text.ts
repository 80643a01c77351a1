/** Whether a text contains what looks like a secret. */

/** A name of a secret that a value follows. A variable, a command, and nothing at all are no value. */
const named =
  /(?:^|[^a-z])(?:[a-z0-9]+[_-])*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|webhook)["']?\s*[=:]\s*["']?[^\s"'$(]{6}/i;

/** Secrets that have a form of their own: AWS's keys, private keys, Slack's addresses, tokens of GitHub and of bearers. */
const formed = [
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bhooks\.slack\.com\/services\/\w/,
  /\b(?:gh[pousr]|github_pat)_\w{20}/,
  /\bxox[abpr]-\w/,
  /\bBearer\s+[\w-]{8}/,
];

/** Shannon's entropy of a text, in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/** Ids of AWS's resources: `vol-0123456789abcdef0`. */
const id = /^[a-z]+-[0-9a-f]{8,17}$/;

/**
 * Whether a word looks random: letters and digits, and more than 3 bits a character, which 20 random hexadecimal digits
 * have. Names and paths have no digits, or fewer characters.
 */
const isRandom = (word: string): boolean =>
  !id.test(word) && /\d/.test(word) && /[a-z]/i.test(word) && entropy(word) > 3;

/** Whether a text contains a secret by its name, by its form, or by its randomness. */
export function holdsSecret(text: string): boolean {
  const words = text.match(/[A-Za-z0-9+_-]{20,}/g) ?? [];
  return named.test(text) || formed.some((form) => form.test(text)) || words.some(isRandom);
}
