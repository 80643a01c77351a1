// npm run lint:shell: runs shellcheck over every shell script of the repository.
// Left out with a warning if shellcheck is missing; in CI it is installed.
import * as fs from "node:fs";
import * as path from "node:path";

import { commands } from "../lib/commands";
import { Failure } from "../lib/errors";
import { projectFolder } from "../lib/home";
import { main } from "../lib/main";
import { canRun, inCi, installPackages, withRequirements } from "../lib/requirements";
import { run, tryRun } from "../lib/run";

/** Files of the repository, tracked or not yet, with a shell script's name or a shell in the first line. */
async function shellScripts(): Promise<string[]> {
  const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: projectFolder,
  });
  return stdout
    .split("\0")
    .filter((file) => file !== "" && fs.statSync(path.join(projectFolder, file), { throwIfNoEntry: false })?.isFile())
    .filter(
      (file) =>
        file.endsWith(".sh") ||
        /^#!.*\b(sh|bash)\n/.test(fs.readFileSync(path.join(projectFolder, file), "utf8").slice(0, 100)),
    );
}

async function requireShellcheck(): Promise<void> {
  if (await canRun("shellcheck")) return;
  if (inCi()) await installPackages(["shellcheck"]);
  if (!(await canRun("shellcheck"))) throw new Failure("shellcheck is missing (apt-get install shellcheck).");
}

async function lint(): Promise<number> {
  const files = await shellScripts();
  const { status, stdout, stderr } = await tryRun("shellcheck", ["--severity=style", "--external-sources", ...files], {
    cwd: projectFolder,
  });
  process.stdout.write(
    `${stdout}${stderr}${files.length} shell scripts, ${status === 0 ? "no finding" : "findings above"}\n`,
  );
  return status;
}

main(commands["lint-shell"], () => withRequirements("lint:shell", requireShellcheck, lint));
