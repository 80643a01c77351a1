// npm run test:release, npm run test:interrupted: run the tests of the host's Python program, those under
// tests/release/fast or tests/release/slow. Left out with a warning if Python is missing; fails in CI.
import { commands } from "../lib/commands";
import { Failure } from "../lib/errors";
import { projectFolder } from "../lib/home";
import { main } from "../lib/main";
import { canRun, inCi, installPackages, withRequirements } from "../lib/requirements";
import { tryRun } from "../lib/run";
import { say } from "../lib/say";

async function requirePython(): Promise<void> {
  if (await canRun("python3")) return;
  if (inCi()) await installPackages(["python3"]);
  if (!(await canRun("python3"))) throw new Failure("Python 3.9 or newer is missing (apt-get install python3).");
}

main(commands["test-python"], ({ speed }) =>
  withRequirements(`tests/release/${speed}`, requirePython, async () => {
    const folders = ["--start-directory", `tests/release/${speed}`, "--top-level-directory", "."];
    const { status } = await tryRun("python3", ["-m", "unittest", "discover", "--verbose", ...folders], {
      cwd: projectFolder,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
      onLine: say,
    });
    return status;
  }),
);
