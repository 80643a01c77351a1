// npm run test:mutation [-- --force] [-- PATH...]: changes the modules of components/ and scripts/, or those at PATH, in many
// small ways, and lists the changes that no unit test notices. Settings and thresholds are in stryker.config.mjs.
import { commands } from "../lib/commands";
import { BadInput } from "../lib/errors";
import { projectFolder } from "../lib/home";
import { importGraph } from "../lib/import-graph";
import { main } from "../lib/main";
import { mutationScope } from "../lib/mutation-scope";
import { tryRun } from "../lib/run";
import { say } from "../lib/say";

/** Not a dependency: 60 MB of packages for a command that is run now and then. The newest version for Node 20. */
const stryker = ["--yes", "--package", "@stryker-mutator/core@9.6.1", "stryker"];

main(commands["test-mutation"], async ({ names, force }) => {
  const paths = names.length === 0 ? ["components", "scripts"] : names.map((name) => name.replace(/\/+$/, ""));
  const { mutated, specs } = mutationScope(importGraph(), paths);
  if (mutated.length === 0 || specs.length === 0) {
    throw new BadInput([
      {
        key: "PATH",
        value: paths.join(" "),
        problem: "has no module that a unit test imports; it must be a file or folder under components/ or scripts/",
        remedy: "npm run test:mutation -- components/hosts/ec2/monitoring",
      },
    ]);
  }
  const args = [...stryker, "run", "--mutate", mutated.join(","), ...(force ? ["--force"] : [])];
  const { status } = await tryRun("npx", args, {
    cwd: projectFolder,
    env: { ...process.env, LINNIX_MUTATED: mutated.join(" "), LINNIX_MUTATION_SPECS: specs.join(" ") },
    onLine: say,
  });
  return status;
});
