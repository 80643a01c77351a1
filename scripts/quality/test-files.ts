// npm run test:files: tests the files of an EC2 host with the programs that read them there: shells, cloud-init, systemd,
// Python. Needs no engine. A test whose program is missing is left out with a warning; in CI they are installed first.
import { spawnSync } from "node:child_process";

import { commands } from "../lib/commands";
import { projectFolder } from "../lib/home";
import { main } from "../lib/main";
import { canRun, inCi, installPackages } from "../lib/requirements";

/** Programs, and the Debian package of each. */
const programs = { "cloud-init": "cloud-init", python3: "python3", "systemd-analyze": "systemd" };

async function missingPackages(): Promise<string[]> {
  const found = await Promise.all(Object.keys(programs).map((program) => canRun(program)));
  return Object.values(programs).filter((_, index) => found[index] !== true);
}

main(commands["test-files"], async () => {
  const missing = inCi() ? await missingPackages() : [];
  if (missing.length > 0) await installPackages(missing);
  const args = ["scripts/bootstrap.mjs", "--bin", "mocha", "--spec", "tests/files/**/*.test.ts"];
  return spawnSync("node", args, { cwd: projectFolder, stdio: "inherit" }).status ?? 1;
});
