/**
 * Which settings count for a stack that `npm start` made. It has two files: its own, by default Pulumi.<stack>.yaml in the
 * checkout, and the one in the project's home, which `npm start` writes from the first and which Pulumi uses. A setting
 * that is changed in either of them counts from then on; if both were changed since the last start, the own file's does.
 */
import { sameValue } from "../../components/canonical";
import { type Definition, asText } from "../../components/settings/definition";
import { keyOf, schema } from "../../components/settings/schema";
import { type RawSettings, isEncrypted } from "../../components/settings/validate";
import type { Home } from "../lib/home";
import { type StackFile, isPath, readStackFile, usualFile } from "../lib/stack-file";
import { exists } from "../../components/settings/load";
import { handMadeEdits } from "../start/edits";
import { type Session, findSession } from "../start/session";

/** The settings of both files together. */
interface Merged {
  /** What counts. */
  readonly settings: RawSettings;
  /** Those of them that come from the file in the home. */
  readonly edits: RawSettings;
  /** What a person has to know about settings on which both files differ. */
  readonly notes: readonly string[];
}

const definitions: Readonly<Record<string, Definition>> = schema;

/** A value for a person: never a secret, and never longer than a line. */
function shown(name: string, value: RawSettings[string] | undefined): string {
  if (value === undefined) return "not set";
  if (isEncrypted(value) || definitions[name]?.secret === true) return "a secret";
  const text = asText(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/**
 * @param own the own file's settings, and its path.
 * @param found the settings of the file in the home.
 */
export function mergeSettings(
  own: Pick<StackFile, "raw" | "path">,
  session: Pick<Session, "configFile" | "own" | "written"> | undefined,
  found: RawSettings,
): Merged {
  const { written, configFile = "", own: before } = session ?? {};
  const all = handMadeEdits(written, found);
  // The settings of another file tell nothing about changes of this one.
  const earlier = before?.file === own.path ? before.settings : undefined;
  const changed = (name: string) => earlier !== undefined && !sameValue(own.raw[name], earlier[name]);
  const notes: string[] = [];
  const edits: Record<string, RawSettings[string]> = {};
  for (const [name, value] of Object.entries(all)) {
    const [mine, other] = [shown(name, own.raw[name]), shown(name, value)];
    if (changed(name)) {
      notes.push(`${keyOf(name)} = ${mine}, changed in ${own.path}; no longer ${other}, as set in ${configFile}`);
    } else {
      edits[name] = value;
      if (!sameValue(own.raw[name], value))
        notes.push(`${keyOf(name)} = ${other}, as set in ${configFile}; ${own.path}: ${mine}`);
    }
  }
  for (const name of Object.keys(written?.settings ?? {})) {
    if (name in found || own.raw[name] === undefined || changed(name)) continue;
    notes.push(
      `${keyOf(name)} = ${shown(name, own.raw[name])}, from ${own.path}, though removed from ${configFile}: remove it there`,
    );
  }
  return { settings: { ...own.raw, ...edits }, edits, notes };
}

/** A stack's settings as the next start takes them. */
export interface CountingSettings extends StackFile {
  readonly edits: RawSettings;
  /** The rows that name the files and the settings on which they differ: a name and a text each. */
  readonly rows: readonly (readonly [name: string, text: string])[];
}

/** The stack's own file: the usual one, else the one that it was last started with. */
function ownFile(stack: string, session: Session | undefined): string {
  const known = session?.own?.file;
  return exists(usualFile(stack)) === undefined && known !== undefined && exists(known) === "file" ? known : stack;
}

/**
 * Reads what counts for a stack, or for a file.
 *
 * @param as the stack that the file is for; by default the one that its name has.
 * @throws BadInput if there is no such file, or it cannot be read.
 */
export function countingSettings(home: Home, nameOrPath: string, as?: string): CountingSettings {
  const isFile = isPath(nameOrPath);
  const session = isFile && as === undefined ? undefined : findSession(home, as ?? nameOrPath);
  const own = readStackFile(isFile ? nameOrPath : ownFile(nameOrPath, session));
  const stack = as ?? (isFile ? own.stack : nameOrPath);
  const found =
    session !== undefined && exists(session.configFile) === "file" ? readStackFile(session.configFile) : undefined;
  const { settings, edits, notes } = mergeSettings(own, found === undefined ? undefined : session, found?.raw ?? {});
  // Without the option, Pulumi changes the file that the environment names, or else the usual one.
  const isUsual =
    own.path === usualFile(stack) && session === undefined && (process.env.PULUMI_OPTION_CONFIG_FILE ?? "") === "";
  const fileOf = (name: string) => (name in edits ? session?.configFile : isUsual ? undefined : own.path);
  const uses = found === undefined ? "" : `; Pulumi uses ${found.path}, made from it by npm start`;
  const rows = [["settings", `${own.path}${uses}`] as const, ...notes.map((note) => ["setting", note] as const)];
  return { ...own, stack, raw: settings, fileOf, edits, rows };
}
