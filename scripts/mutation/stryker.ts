import { projectFolder } from "../lib/home";
import { tryRun } from "../lib/run";
import { say } from "../lib/say";
import type { MutationScope } from "./scope";

/**
 * Not dependencies: 60 MB of packages for a command that is run now and then. The newest versions for Node 20; that runner
 * does not find the modules of mocha 12, so it gets a mocha of its own.
 */
const packages = ["@stryker-mutator/core@9.6.1", "@stryker-mutator/mocha-runner@9.6.1", "mocha@11.8.0"];

/** Runs StrykerJS with stryker.config.mjs. `force`: also tries what was tried before. Returns its exit status. */
export async function testTypeScript({ mutated, specs }: MutationScope, force: boolean): Promise<number> {
  const program = [...packages.map((name) => `--package=${name}`), "stryker"];
  const args = ["--yes", ...program, "run", "--mutate", mutated.join(","), ...(force ? ["--force"] : [])];
  const { status } = await tryRun("npx", args, {
    cwd: projectFolder,
    env: { ...process.env, LINNIX_MUTATED: mutated.join(" "), LINNIX_MUTATION_SPECS: specs.join(" ") },
    onLine: say,
  });
  return status;
}
