import * as fs from "node:fs";
import * as path from "node:path";

import { parse } from "yaml";

import { projectFolder } from "../lib/home";

/** A deliberate mistake in a shell script. */
export interface ShellMutation {
  /** A part of the script that it has once, and what replaces it. */
  readonly from: string;
  readonly to: string;
  /** The tests that should notice; by default those of the script. */
  readonly tests?: readonly string[];
  /** A part of the title of the test that should notice. It is tried first, because all of them take long. */
  readonly title?: string;
  /** Why no test needs to notice. */
  readonly accepted?: string;
}

/** The mutations of a script, and the tests that should notice them: a file of tests/mutations. */
export interface ShellMutations {
  readonly file: string;
  readonly tests: readonly string[];
  readonly mutations: readonly ShellMutation[];
}

const folder = path.join(projectFolder, "tests/mutations");

/** The mutations of all scripts. */
export function shellMutations(): ShellMutations[] {
  const read = (name: string) => parse(fs.readFileSync(path.join(folder, name), "utf8")) as ShellMutations;
  return fs.readdirSync(folder).map(read);
}

/**
 * @returns the script's text with the mutation.
 * @throws Error if the script does not have the text, or has it more than once.
 */
export function mutatedText(text: string, { from, to }: ShellMutation): string {
  const [before, after, ...more] = text.split(from);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${JSON.stringify(from)} must be in the script once; correct tests/mutations`);
  return before + to + after;
}
