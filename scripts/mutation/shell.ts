import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../lib/home";
import { repositoryFiles } from "../lib/import-graph";
import { tryRun } from "../lib/run";
import { say } from "../lib/say";
import { mutatedText, shellMutations, type ShellMutations } from "./shell-mutations";

/** Percent of the mutations that tests must notice. */
const threshold = 85;

/** Seconds for the tests of one mutation: some make a script wait for ever. */
const longest = 600;

/** A copy of the repository with the packages of this one, to be changed. */
function copied(): string {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-mutation-"));
  for (const file of repositoryFiles()) {
    fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    fs.copyFileSync(path.join(projectFolder, file), path.join(copy, file));
  }
  fs.symlinkSync(path.join(projectFolder, "node_modules"), path.join(copy, "node_modules"));
  return copy;
}

/** True if one of the tests fails; of those with this title, if there is one. */
async function fails(copy: string, tests: readonly string[], title?: string): Promise<boolean> {
  // `timeout` ends what the tests have started, too.
  const limited = [String(longest), "node", "node_modules/mocha/bin/mocha.js", "--bail", "--reporter", "dot"];
  const chosen = title === undefined ? tests : ["--fgrep", title, ...tests];
  return (await tryRun("timeout", [...limited, ...chosen], { cwd: copy })).status !== 0;
}

/** Tries each mutation of these scripts in a copy; prints those that no test notices. Returns the exit status. */
export async function testShell(scripts: readonly ShellMutations[]): Promise<number> {
  const copy = copied();
  let noticed = 0;
  try {
    const used = [...new Set(scripts.flatMap(({ tests }) => tests))];
    if (await fails(copy, used)) {
      say(`some of these tests fail without a mutation: ${used.join(" ")}`);
      return 1;
    }
    for (const { file, tests, mutations } of scripts) {
      const text = fs.readFileSync(path.join(projectFolder, file), "utf8");
      const before = noticed;
      for (const mutation of mutations) {
        fs.writeFileSync(path.join(copy, file), mutatedText(text, mutation));
        const { title, tests: own = tests } = mutation;
        const found = (title !== undefined && (await fails(copy, own, title))) || (await fails(copy, own));
        if (found) noticed++;
        else say(`  ${JSON.stringify(mutation.from)} -> ${JSON.stringify(mutation.to)}: ${mutation.accepted ?? "?"}`);
      }
      fs.writeFileSync(path.join(copy, file), text);
      say(`${file}: ${noticed - before} of ${mutations.length} mutations`);
    }
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
  const all = scripts.flatMap(({ mutations }) => mutations).length;
  const percent = (100 * noticed) / all;
  say(`${noticed} of ${all} mutations are noticed, ${percent.toFixed(1)} %`);
  return percent >= threshold ? 0 : 1;
}

/** The scripts at these paths that have mutations. */
export const shellScripts = (isAt: (file: string) => boolean) => shellMutations().filter(({ file }) => isAt(file));
