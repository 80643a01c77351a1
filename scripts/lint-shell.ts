// npm run lint:shell: shellcheck over every shell script of the repository. Left out loudly without shellcheck; fails in CI.
import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "./lib/errors";
import { projectFolder } from "./lib/home";
import { main } from "./lib/main";
import { run, tryRun } from "./lib/run";

/** Files of the repository, committed or about to be, that are named as shell scripts or whose first line names a shell. */
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

async function ensureShellcheck(): Promise<boolean> {
  const there = async () => (await tryRun("shellcheck", ["--version"]).catch(() => undefined)) !== undefined;
  if (await there()) return true;
  if (process.env.CI !== "true") return false;
  await run("apt-get", ["update"]);
  await run("apt-get", ["install", "-y", "--no-install-recommends", "shellcheck"]);
  return there();
}

main(async () => {
  if (!(await ensureShellcheck())) {
    if (process.env.CI === "true") throw new Failure("shellcheck is missing and can't be installed");
    process.stderr.write("*** LEFT OUT: shellcheck is not installed (apt-get install shellcheck) ***\n");
    return 0;
  }
  const files = await shellScripts();
  const { status, stdout, stderr } = await tryRun("shellcheck", ["--severity=style", "--external-sources", ...files], {
    cwd: projectFolder,
  });
  process.stdout.write(
    `${stdout}${stderr}${files.length} shell scripts, ${status === 0 ? "no finding" : "findings above"}\n`,
  );
  return status;
});
