// npm run test:files: what lands on an EC2 host, judged by the programs that will read it there: shells, cloud-init, systemd,
// Python. Needs no engine. A test whose program is missing is left out loudly; in CI they are installed first.
import { spawnSync } from "node:child_process";

import { projectFolder } from "./lib/home";
import { main } from "./lib/main";
import { run, tryRun } from "./lib/run";

/** Programs by the Debian package that brings them. */
const programs = { "cloud-init": "cloud-init", python3: "python3", "systemd-analyze": "systemd" };

async function missingPackages(): Promise<string[]> {
  const there = async (program: string) => (await tryRun(program, ["--version"]).catch(() => undefined)) !== undefined;
  const found = await Promise.all(Object.keys(programs).map(there));
  return Object.values(programs).filter((_, index) => found[index] !== true);
}

main(async () => {
  const missing = process.env.CI === "true" ? await missingPackages() : [];
  if (missing.length > 0) {
    await run("apt-get", ["update"]);
    await run("apt-get", ["install", "-y", "--no-install-recommends", ...missing]);
  }
  const args = ["scripts/bootstrap.mjs", "--bin", "mocha", "--spec", "tests/files/**/*.test.ts"];
  return spawnSync("node", args, { cwd: projectFolder, stdio: "inherit" }).status ?? 1;
});
