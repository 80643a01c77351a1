import * as fs from "node:fs";
import * as path from "node:path";

import { parse } from "yaml";

import { exists } from "../../components/settings";
import { keyOf, nameOf } from "../../components/settings/schema";
import { type RawSettings, type RawValue, type World, isEncrypted } from "../../components/settings/validate";
import { BadInput, Failure } from "./errors";
import { projectFolder } from "./home";

/** A stack's settings file, read but not judged. */
export interface StackFile {
  readonly stack: string;
  /** The file isn't called `Pulumi.<stack>.yaml`, so the name is only its own. */
  readonly stackIsGuess: boolean;
  readonly path: string;
  /** Settings of this project by name; the region of the AWS provider is one of them. */
  readonly raw: RawSettings;
  /** Everything the file holds, other programs' settings too. */
  readonly whole: Record<string, unknown>;
}

/**
 * Finds a stack's settings by the stack's name or by the file's path (relative to where the person stands).
 *
 * @throws BadInput when there is no such file, or it isn't YAML of the right shape.
 */
export function readStackFile(nameOrPath: string): StackFile {
  const looksLikeFile = /[/\\]|\.ya?ml$/.test(nameOrPath);
  const file = looksLikeFile
    ? path.resolve(process.env.LINNIX_CWD ?? process.cwd(), nameOrPath)
    : path.join(projectFolder, `Pulumi.${nameOrPath}.yaml`);
  const named = /^Pulumi\.(.+)\.ya?ml$/.exec(path.basename(file))?.[1];
  const stack = named ?? path.basename(file).replace(/\.ya?ml$/, "");
  if (exists(file) !== "file") {
    const known = fs
      .readdirSync(projectFolder)
      .map((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1])
      .filter((name) => name !== undefined);
    throw new BadInput([
      {
        key: looksLikeFile ? "settings file" : "stack",
        value: nameOrPath,
        problem: `there is no file ${file}`,
        remedy: `name one of the stacks ${known.join(", ")}, or a file's path`,
      },
    ]);
  }
  return { stack, stackIsGuess: named === undefined, path: file, ...readSettings(file) };
}

function readSettings(file: string): Pick<StackFile, "raw" | "whole"> {
  let document: unknown;
  try {
    document = parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    const problem = `is not valid YAML: ${(error as Error).message.split("\n")[0] ?? ""}`;
    throw new BadInput([{ key: file, problem, remedy: "mend the line it names" }]);
  }
  if (document !== null && (typeof document !== "object" || Array.isArray(document))) {
    throw new BadInput([
      { key: file, problem: "must hold a map with the key `config`", remedy: "compare it with Pulumi.local.yaml" },
    ]);
  }
  const whole = (document ?? {}) as Record<string, unknown>;
  const config = (whole.config ?? {}) as Record<string, RawValue>;
  const raw = Object.entries(config).flatMap(([key, value]) => {
    const name = nameOf(key);
    return name === undefined ? [] : [[name, value] as const];
  });
  return { whole, raw: Object.fromEntries(raw) };
}

/** What the checks may know of the world around a settings file. */
export function worldOf({ stack, stackIsGuess, raw }: Pick<StackFile, "stack" | "stackIsGuess" | "raw">): World {
  return { stack, stackIsGuess, exists, isSecret: (name) => isEncrypted(raw[name]) };
}

/** The salt that Pulumi added to a file that was written before: without it its secrets can't be read again. */
function saltOf(file: string): unknown {
  return exists(file) === "file" ? readSettings(file).whole.encryptionsalt : undefined;
}

/** Writes settings as a file that Pulumi reads with `--config-file`, atomically. */
export function writeStackFile(
  file: string,
  whole: Record<string, unknown>,
  settings: RawSettings,
  header: string,
): void {
  const entries = Object.entries(settings).map(([name, value]) => [keyOf(name), value]);
  const others = Object.entries(whole.config ?? {}).filter(([key]) => nameOf(key) === undefined);
  const config = Object.fromEntries([...others, ...entries]) as unknown;
  // JSON is YAML: no second emitter, no quoting surprises.
  const salt = whole.encryptionsalt ?? saltOf(file);
  const text = `${header.replace(/^/gm, "# ")}\n${JSON.stringify({ ...whole, config, ...(salt === undefined ? {} : { encryptionsalt: salt }) }, null, 2)}\n`;
  const temporary = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(temporary, text, { mode: 0o600 });
    fs.renameSync(temporary, file);
  } catch (error) {
    throw new Failure(`${file}: cannot be written: ${(error as Error).message}`);
  }
}
