import * as fs from "node:fs";
import * as path from "node:path";

import { Document, isScalar } from "yaml";

import { type Definition } from "../../components/settings/definition";
import { keyOf, schema } from "../../components/settings/schema";
import { type RawSettings, validate } from "../../components/settings/validate";
import { usageLine } from "../lib/arguments";
import { commands } from "../lib/commands";
import { BadInput, Failure } from "../lib/errors";
import { stacksIn, validationContext } from "../lib/stack-file";
import { wrapped } from "../lib/wrap";

const definitions: Readonly<Record<string, Definition>> = schema;

/** The columns of a comment without the space before it. */
const width = 116;

const comment = (text: string): string => wrapped(text, width).join("\n ").replace(/^/, " ");

/**
 * A stack's settings file, with each setting's description above it.
 *
 * @param raw settings without a fault, as text or typed: the file has them typed.
 */
export function settingsText(stack: string, raw: RawSettings): string {
  const { values } = validate(raw, validationContext({ stack, stackIsGuess: false, raw }));
  const typed = values as Readonly<Record<string, unknown>>;
  // Pulumi reads YAML 1.1 in part: what that would read as something else than text is quoted.
  const document = new Document({ config: {} }, { schema: "yaml-1.1", compat: "core" });
  document.commentBefore = comment(
    `Made by \`npm run init\`. docs/SETTINGS.md explains every setting; \`npm run check -- ${stack}\` validates these.`,
  );
  for (const name of Object.keys(raw)) {
    const pair = document.createPair(keyOf(name), typed[name]);
    if (isScalar(pair.key)) pair.key.commentBefore = comment(definitions[name]?.description ?? "");
    document.addIn(["config"], pair);
  }
  return document.toString({ lineWidth: 0 });
}

/** @throws BadInput if the file exists, whatever it holds. */
export function refuseExisting(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  const known = stacksIn(path.dirname(file)).join(", ");
  throw new BadInput([
    {
      ...{ key: "settings file", value: file, problem: "exists already, and is never overwritten" },
      remedy: `edit it, delete it first, or choose a stack's name other than ${known}: ${usageLine(commands.init)}`,
    },
  ]);
}

/**
 * Writes a file that does not exist yet.
 *
 * @throws BadInput if it does by now.
 * @throws Failure if it cannot be written.
 */
export function writeNew(file: string, text: string): void {
  try {
    fs.writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    refuseExisting(file);
    throw new Failure(`${file}: cannot be written: ${(error as Error).message}`);
  }
}
