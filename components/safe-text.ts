/** Text from a container or a service, made safe for outputs and for a terminal. Pure. */

/**
 * The text without terminal sequences, control characters and characters that change the direction of a line.
 *
 * @param bytes of the result in UTF-8, at most; the rest is cut off.
 */
export function safeText(text: string, bytes: number): string {
  const plain = text
    // With parameters (ESC [ … letter), with a text (ESC ] … end), and the short ones.
    // eslint-disable-next-line no-control-regex -- these are what it removes
    .replace(/(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?/g, "")
    // eslint-disable-next-line no-control-regex -- these are what it removes
    .replace(/(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?/g, "")
    // eslint-disable-next-line no-control-regex -- these are what it removes
    .replace(/\u001b[ -/]*[0-~]?/g, "")
    .replace(/\t/g, " ")
    .replace(/[^\P{C}\n]|[\u2028\u2029]/gu, "");
  const encoded = Buffer.from(plain);
  if (encoded.length <= bytes) return plain;
  return `${encoded
    .subarray(0, bytes - 3)
    .toString()
    .replace(/\ufffd+$/, "")}…`;
}
