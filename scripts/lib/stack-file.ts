import * as fs from "node:fs";
import * as path from "node:path";

import { exists, machineArchitecture, readText } from "../../components/settings/load";
import { fileFacts } from "../../components/settings/model/read-file";
import { keyOf, nameOf } from "../../components/settings/schema";
import { type RawSettings, type ValidationContext, isEncrypted } from "../../components/settings/validate";
import type { Settings } from "../../components/settings/types";
import { BadInput, Failure } from "./errors";
import { type FileContent, readContent } from "../settings/config";
import { YamlProblem } from "../settings/pulumi-yaml";
import { projectFolder } from "./home";
import { writeFileAtomically } from "./write-file";

type HostKind = Settings["host"]["kind"];

/** A stack's settings file, read but not validated. */
export interface StackFile {
  readonly stack: string;
  /** True if the file isn't called `Pulumi.<stack>.yaml`, so that the stack's name is taken from the file's. */
  readonly stackIsGuess: boolean;
  readonly path: string;
  /** Settings of this project by name; the region of the AWS provider is one of them. */
  readonly raw: RawSettings;
  /** The whole file, with other programs' settings. */
  readonly whole: Readonly<Record<string, unknown>>;
  /** Further values come from an environment of Pulumi ESC, which cannot be read here. */
  readonly hasEnvironment: boolean;
  /** The file to change for a setting, if `pulumi config` would not find it by itself; for remedies. */
  readonly fileOf?: (name: string) => string | undefined;
}

/** The settings file that Pulumi uses for a stack by default. */
export function usualFile(stack: string): string {
  return path.join(projectFolder, `Pulumi.${stack}.yaml`);
}

/** The stacks whose settings files are in a folder. */
export function stacksIn(folder: string): string[] {
  const names = fs.readdirSync(folder).map((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1]);
  return names.filter((name) => name !== undefined);
}

/** Whether an argument is a file's path, not a stack's name. */
export const isPath = (nameOrPath: string): boolean => /[/\\]|\.ya?ml$/.test(nameOrPath);

/**
 * Reads a stack's settings by the stack's name or by the file's path, relative to the folder that npm was started in.
 *
 * @throws BadInput if the file does not exist, or isn't YAML of the right shape.
 */
export function readStackFile(nameOrPath: string): StackFile {
  const looksLikeFile = isPath(nameOrPath);
  const file = looksLikeFile
    ? path.resolve(process.env.LINNIX_CWD ?? process.cwd(), nameOrPath)
    : usualFile(nameOrPath);
  const named = /^Pulumi\.(.+)\.ya?ml$/.exec(path.basename(file))?.[1];
  const stack = named ?? path.basename(file).replace(/\.ya?ml$/, "");
  if (exists(file) !== "file") {
    const known = stacksIn(projectFolder);
    throw new BadInput([
      {
        key: looksLikeFile ? "settings file" : "stack",
        value: nameOrPath,
        problem: `the file ${file} does not exist`,
        remedy: `name one of the stacks ${known.join(", ")}, or a file's path`,
      },
    ]);
  }
  return { stack, stackIsGuess: named === undefined, path: file, ...readSettings(file) };
}

const hostKinds: Readonly<Record<HostKind, true>> = { local: true, ec2: true };

/** The kind of host that the settings choose, `local` by default; undefined for an invalid value, which `validate` reports. */
export function hostKind({ host }: RawSettings): HostKind | undefined {
  const kind = host ?? "local";
  return typeof kind === "string" && Object.hasOwn(hostKinds, kind) ? (kind as HostKind) : undefined;
}

function readSettings(file: string): Pick<StackFile, "raw" | "whole" | "hasEnvironment"> {
  let content: FileContent;
  try {
    content = readContent(fs.readFileSync(file, "utf8"));
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw new BadInput([{ key: file, problem: error.message, remedy: "compare it with Pulumi.local.yaml" }]);
  }
  const { config, whole, hasEnvironment } = content;
  const raw = Object.entries(config).flatMap(([key, value]) => {
    const name = nameOf(key);
    return name === undefined ? [] : [[name, value] as const];
  });
  return { whole, hasEnvironment, raw: Object.fromEntries(raw) };
}

/** The context that the checks of a settings file need. */
export function validationContext({
  stack,
  stackIsGuess,
  raw,
  fileOf,
}: Pick<StackFile, "stack" | "stackIsGuess" | "raw" | "fileOf">): ValidationContext {
  const isSecret = (name: string) => isEncrypted(raw[name]);
  return { stack, stackIsGuess, exists, readText, fileFacts, architecture: machineArchitecture, isSecret, fileOf };
}

/** The salt that Pulumi added to a file written earlier. Without it, the file's secrets can't be decrypted. */
function saltOf(file: string): unknown {
  return exists(file) === "file" ? readSettings(file).whole.encryptionsalt : undefined;
}

/** Writes settings as a file that Pulumi reads with `--config-file`, atomically. */
export function writeStackFile(
  file: string,
  whole: Readonly<Record<string, unknown>>,
  settings: RawSettings,
  header: string,
): void {
  const entries = Object.entries(settings).map(([name, value]) => [keyOf(name), value]);
  const others = Object.entries(whole.config ?? {}).filter(([key]) => key.includes(":") && nameOf(key) === undefined);
  const config = Object.fromEntries([...others, ...entries]) as unknown;
  // JSON is YAML, so no YAML emitter with quoting rules of its own is needed.
  const salt = whole.encryptionsalt ?? saltOf(file);
  const text = `${header.replace(/^/gm, "# ")}\n${JSON.stringify({ ...whole, config, ...(salt === undefined ? {} : { encryptionsalt: salt }) }, null, 2)}\n`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    writeFileAtomically(file, text);
  } catch (error) {
    throw new Failure(`${file}: cannot be written: ${(error as Error).message}`);
  }
}
