import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "./errors";
import { ensureFolder, linnixHome } from "./home";
import { withLock } from "./lock";
import { canRun, inCi, installPackages } from "./requirements";
import { run } from "./run";

async function requireVenv(): Promise<void> {
  // Debian's python3 lacks ensurepip, which a virtual environment needs; python3-venv adds it.
  const works = () => canRun("python3", ["-c", "import ensurepip"]);
  if (await works()) return;
  if (inCi()) await installPackages(["python3", "python3-venv"]);
  if (!(await works())) throw new Failure("Python 3.9 or newer with venv is missing (apt-get install python3-venv).");
}

/**
 * A virtual environment with these packages (`name==version`), made once for each set of them.
 *
 * @returns the folder of its programs. Those that are Python scripts contain the environment's path from before it was renamed:
 * run them as modules, `python -m NAME`.
 */
export async function pythonTools(packages: readonly string[]): Promise<string> {
  const { cache } = linnixHome();
  const name = `python-${createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 12)}`;
  const folder = path.join(ensureFolder(cache), name);
  await withLock(`${folder}.lock`, async () => {
    if (fs.existsSync(folder)) return;
    await requireVenv();
    // Renamed only when complete, so that an interrupted installation is never used; `--clear` empties what it left.
    const unfinished = `${folder}.new`;
    await run("python3", ["-m", "venv", "--clear", unfinished]);
    const python = path.join(unfinished, "bin", "python");
    await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
    fs.renameSync(unfinished, folder);
  });
  return path.join(folder, "bin");
}
