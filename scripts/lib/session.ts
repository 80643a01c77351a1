import * as fs from "node:fs";
import * as path from "node:path";

import type { Written } from "./edits";
import { Failure } from "./errors";
import { type Home, ensureFolder } from "./home";

/** What `npm start` found or made, kept so that the other commands use the same without looking again. */
export interface Session {
  readonly stack: string;
  /** The settings as they were chosen, for `pulumi --config-file`. */
  readonly configFile: string;
  /** What was written there, so that a person's own changes to it can be told. */
  readonly written?: Written;
  readonly engine: { readonly kind: "existing" | "embedded"; readonly host: string };
  /** What has to be added to the environment to run `pulumi` and `docker` by hand. */
  readonly environment: Readonly<Record<string, string>>;
}

function sessionFile(home: Home, stack: string): string {
  return path.join(home.root, `session-${stack}.json`);
}

/** Remembers a session, atomically. */
export function writeSession(home: Home, session: Session): void {
  ensureFolder(home.root);
  const file = sessionFile(home, session.stack);
  fs.writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600 });
  fs.renameSync(`${file}.${process.pid}`, file);
}

/** The stack's session, or nothing when it was never started from here. */
export function findSession(home: Home, stack: string): Session | undefined {
  try {
    return JSON.parse(fs.readFileSync(sessionFile(home, stack), "utf8")) as Session;
  } catch {
    return undefined;
  }
}

/** The stacks that have a session here. */
export function sessionStacks(home: Home): string[] {
  if (!fs.existsSync(home.root)) return [];
  return fs.readdirSync(home.root).flatMap((name) => /^session-(.+)\.json$/.exec(name)?.slice(1) ?? []);
}

/** The stack's session; a {@link Failure} when it was never started from here. */
export function readSession(home: Home, stack: string): Session {
  const session = findSession(home, stack);
  if (session === undefined) {
    throw new Failure(
      `Stack ${stack} was not started from this account: there is no ${sessionFile(home, stack)}. Run \`npm start\` first.`,
    );
  }
  return session;
}

/** Forgets a session. */
export function removeSession(home: Home, stack: string): void {
  fs.rmSync(sessionFile(home, stack), { force: true });
}
