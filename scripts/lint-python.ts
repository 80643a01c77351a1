// npm run lint:python: ruff and mypy (strict) over the host's Python program and its tests. `-- --test PATTERN` runs
// those of the tests in place of the linters. Left out loudly where that can't be had; fails in CI.
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "./lib/errors";
import { ensureFolder, linnixHome, projectFolder } from "./lib/home";
import { withLock } from "./lib/lock";
import { main } from "./lib/main";
import { run, tryRun } from "./lib/run";

/** The last mypy that checks for Python 3.9, which is what Amazon Linux 2023 has. */
const linters = ["mypy==1.19.1", "ruff==0.17.6"];
const checked = ["host/linnix-release", "tests/release"];

async function ensurePython(): Promise<void> {
  // Debian's python3 comes without what makes a virtual environment.
  const works = async () => (await tryRun("python3", ["-c", "import ensurepip"]).catch(() => undefined))?.status === 0;
  if (await works()) return;
  if (process.env.CI === "true") {
    await run("apt-get", ["update"]);
    await run("apt-get", ["install", "-y", "--no-install-recommends", "python3", "python3-venv"]);
  }
  if (!(await works())) throw new Failure("Python 3.9 or newer with venv is missing (apt-get install python3-venv)");
}

/** A virtual environment with the linners, made once for each set of versions; its folder of programs. */
async function ensureLinters(): Promise<string> {
  const { cache } = linnixHome();
  const name = `python-${createHash("sha256").update(linters.join(" ")).digest("hex").slice(0, 12)}`;
  const folder = path.join(ensureFolder(cache), name);
  await withLock(`${folder}.lock`, async () => {
    if (fs.existsSync(folder)) return;
    await ensurePython();
    // Whole or not there: an interrupted installation leaves only the folder that the next one empties.
    const unfinished = `${folder}.new`;
    await run("python3", ["-m", "venv", "--clear", unfinished]);
    const pip = path.join(unfinished, "bin", "python");
    await run(pip, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...linters]);
    fs.renameSync(unfinished, folder);
  });
  return path.join(folder, "bin");
}

/** Runs one of the programs on this project, passing on what it prints; its exit status. */
async function lint(...command: [string, ...string[]]): Promise<number> {
  const [program, ...args] = command;
  const { status, stdout, stderr } = await tryRun(program, args, { cwd: projectFolder });
  process.stdout.write(`${stdout}${stderr}`);
  return status;
}

async function lintAll(): Promise<number> {
  // Programs of a renamed environment name its old folder in their first line: they are run as modules.
  const python = path.join(await ensureLinters(), "python");
  const ruff = [python, "-m", "ruff"] as const;
  const statuses = [
    await lint(...ruff, "check", ...checked),
    await lint(...ruff, "format", "--check", ...checked),
    await lint(python, "-m", "mypy", ...checked),
  ];
  return statuses.every((status) => status === 0) ? 0 : 1;
}

main(async (args) => {
  const [what, pattern = "test_*.py"] = args;
  if (what !== undefined && what !== "--test") throw new Failure(`${what}: is no argument of lint:python; --test is`);
  try {
    if (what === undefined) return await lintAll();
    await ensurePython();
  } catch (error) {
    if (!(error instanceof Failure) || process.env.CI === "true") throw error;
    process.stderr.write(`*** LEFT OUT: ${error.message} ***\n`);
    return 0;
  }
  const folders = ["--start-directory", "tests/release", "--top-level-directory", "."];
  const tests = ["-m", "unittest", "discover", "--verbose", "--pattern", pattern, ...folders];
  const { status } = await tryRun("python3", tests, {
    cwd: projectFolder,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    onLine: (line) => process.stderr.write(`${line}\n`),
  });
  return status;
});
