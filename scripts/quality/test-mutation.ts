// npm run test:mutation [-- --changed [BASE]] [--force] [PATH...]: changes the project's modules and scripts, or those at
// PATH, in many small ways, and lists the changes that no fast test notices. TypeScript: StrykerJS, with
// stryker.config.mjs. The host's Python program: tests/release/mutation. Shell: the mutations in tests/mutations.
import { changedFiles } from "../mutation/changed";
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { projectFolder } from "../lib/home";
import { importGraph } from "../lib/import-graph";
import { main } from "../lib/main";
import { tryRun } from "../lib/run";
import { say } from "../lib/say";
import { isAt, mutationScope } from "../mutation/scope";
import { shellScripts, testShell } from "../mutation/shell";
import { testTypeScript } from "../mutation/stryker";

const everything = ["components", "scripts", "host", "docker"];
const program = "host/linnix_release";

/** The paths of the Python program's modules, or of all of it. */
function pythonPaths(paths: readonly string[]): string[] {
  if (isAt(paths)(program)) return [program];
  return paths.filter((path) => path.startsWith(`${program}/`) && path.endsWith(".py"));
}

main(commands["test-mutation"], async ({ names, force, changed }) => {
  const given = names.map((name) => name.replace(/\/+$/, ""));
  const paths = changed ? changedFiles(given[0] ?? "main") : given.length === 0 ? everything : given;
  const typescript = mutationScope(importGraph(), paths);
  const scripts = shellScripts(isAt(paths));
  const python = pythonPaths(paths);
  if (typescript.specs.length + scripts.length + python.length === 0) {
    if (changed) {
      say("nothing has changed that has mutation tests");
      return 0;
    }
    throw new BadInput([
      {
        key: "PATH",
        value: paths.join(" "),
        problem: "has nothing to change; it must be a file or folder under components/, scripts/, host/ or docker/",
        remedy: "npm run test:mutation -- components/hosts/ec2/monitoring",
      },
    ]);
  }
  const statuses = [];
  if (typescript.specs.length > 0) statuses.push(await testTypeScript(typescript, force));
  if (python.length > 0) {
    const args = ["-m", "tests.release.mutation", ...(force ? ["--force"] : []), ...python];
    statuses.push((await tryRun("python3", args, { cwd: projectFolder, onLine: say })).status);
  }
  if (scripts.length > 0) statuses.push(await testShell(scripts));
  return statuses.every((status) => status === 0) ? 0 : 1;
});
