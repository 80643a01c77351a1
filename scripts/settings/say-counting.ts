import { BadInput } from "../lib/errors";
import type { Home } from "../lib/home";
import { sayRow } from "../lib/say";
import { countingSettings } from "./counting";

/**
 * Names the settings files of a stack that was started, and the settings on which they differ, for a command that needs no
 * settings itself: a file that cannot be read does not fail it.
 */
export function sayCounting(home: Home, stack: string): void {
  try {
    countingSettings(home, stack).rows.forEach((row) => {
      sayRow(...row);
    });
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    sayRow("settings", error.message.split("\n")[0] ?? "");
  }
}
