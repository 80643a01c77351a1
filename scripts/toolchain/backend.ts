import { randomBytes } from "node:crypto";
import * as fs from "node:fs";

import { type Home, ensureFolder } from "../lib/home";

/**
 * The backend that stores state in a folder. Without `metadata=skip`, each file has a second one beside it that is not
 * written atomically: an update killed in that moment left a stack that nothing could load ("EOF").
 */
export function stateBackend(folder: string): string {
  return `file://${folder}?metadata=skip`;
}

/**
 * Creates the folder of the local stacks' state and the passphrase that encrypts their secrets. An existing passphrase is
 * never replaced: without it, the secrets in the state are lost.
 */
export function ensureBackend(home: Home): void {
  ensureFolder(home.root);
  ensureFolder(home.state);
  try {
    fs.writeFileSync(home.passphrase, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
