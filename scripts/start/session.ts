import * as fs from "node:fs";
import * as path from "node:path";

import type { RawSettings } from "../../components/settings/validate";
import type { Written } from "./edits";
import { Failure } from "../lib/errors";
import { type Home, ensureFolder } from "../lib/home";
import { writeFileAtomically } from "../lib/write-file";

/** What `npm start` found or made, stored so that the other commands use the same engine and tools without probing again. */
export interface Session {
  readonly stack: string;
  /** The file with the chosen settings, for `pulumi --config-file`. */
  readonly configFile: string;
  /** The stack's own settings file, which the chosen settings were made from, and its settings at that time. */
  readonly own?: { readonly file: string; readonly settings: RawSettings };
  /** The checkout whose program the last start ran. */
  readonly project?: string;
  /** What was written to that file, so that manual changes to it can be detected. */
  readonly written?: Written;
  /** The id of the home that made it, which is the label of what it has on the engine; earlier versions had none. */
  readonly owner?: string;
  /** Objects of this stack without that label, because an earlier version made them; as `objectName` names them. */
  readonly unlabelled?: readonly string[];
  readonly engine: { readonly kind: "existing" | "embedded"; readonly host: string };
  /** Environment variables that `pulumi` and `docker` need in addition, to be run by hand. */
  readonly environment: Readonly<Record<string, string>>;
}

function sessionFile(home: Home, stack: string): string {
  return path.join(home.root, `session-${stack}.json`);
}

/** Stores a session, atomically. */
export function writeSession(home: Home, session: Session): void {
  ensureFolder(home.root);
  writeFileAtomically(sessionFile(home, session.stack), `${JSON.stringify(session, null, 2)}\n`);
}

/** The stack's session, or undefined if it was never started from this account. */
export function findSession(home: Home, stack: string): Session | undefined {
  try {
    return JSON.parse(fs.readFileSync(sessionFile(home, stack), "utf8")) as Session;
  } catch {
    return undefined;
  }
}

/** The stacks that have a session. */
export function sessionStacks(home: Home): string[] {
  if (!fs.existsSync(home.root)) return [];
  return fs.readdirSync(home.root).flatMap((name) => /^session-(.+)\.json$/.exec(name)?.slice(1) ?? []);
}

/** Which other checkout was in charge of the stack until now; undefined if none was. */
export function takenOver(before: Session | undefined, project: string): string | undefined {
  if (before?.project === undefined || before.project === project) return undefined;
  return `${project}; until now, ${before.stack} was started from ${before.project}`;
}

/** The command that starts a stack. */
export const startCommand = (stack: string): string => (stack === "local" ? "npm start" : `npm start -- ${stack}`);

/**
 * The stack's session.
 *
 * @throws Failure if it was never started from this account.
 */
export function readSession(home: Home, stack: string): Session {
  const session = findSession(home, stack);
  if (session === undefined) {
    throw new Failure(
      `Stack ${stack} was not started from this account: ${sessionFile(home, stack)} does not exist. Run \`${startCommand(stack)}\` first.`,
    );
  }
  return session;
}

/** Removes a session. */
export function removeSession(home: Home, stack: string): void {
  fs.rmSync(sessionFile(home, stack), { force: true });
}
