import { createInterface } from "node:readline/promises";

import { Failure } from "../lib/errors";
import { interruptedText } from "../lib/interrupt";
import { terminalWidth } from "../lib/terminal";
import { wrapped } from "../lib/wrap";
import type { Dialogue } from "./answers";

/**
 * Asks on a terminal; questions go to standard error, as everything does that is no data.
 *
 * @throws Failure from `ask` when the input ends: Ctrl-C, or Ctrl-D.
 */
export function openDialogue(
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream & { readonly columns?: number } = process.stderr,
): Dialogue & { readonly close: () => void } {
  const lines = createInterface({ input, output });
  const ended = new AbortController();
  lines.once("close", () => {
    ended.abort();
  });
  return {
    async ask(prompt) {
      try {
        return await lines.question(prompt, { signal: ended.signal });
      } catch {
        throw new Failure(interruptedText("", "Nothing was written."));
      }
    },
    tell(text) {
      const width = terminalWidth(output);
      for (const line of text.split("\n").flatMap((part) => wrapped(part, width))) output.write(`${line}\n`);
    },
    close() {
      lines.close();
    },
  };
}
