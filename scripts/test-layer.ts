// npm run test:<layer> [-- NAME...]: runs the tests under tests/<layer>, all or those files, with what they need at hand: tool
// chain, engine, base images.
// Where that can't be had the layer is left out, loudly; in CI (CI=true) it fails.
import { spawn } from "node:child_process";
import * as path from "node:path";

import { Failure } from "./lib/errors";
import { linnixHome, projectFolder } from "./lib/home";
import { main } from "./lib/main";
import { type Prepared, prepare } from "./lib/prepare";
import { ensureBackend, pulumiEnvironment } from "./lib/toolchain";

/** Runs mocha on a layer, or on the files named, and passes its exit status on. */
function mocha(layer: string, names: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const bin = path.join(projectFolder, "node_modules", ".bin", "mocha");
  // Real builds and boots take their time; a test that hangs still ends.
  const specs =
    names.length === 0 ? [`tests/${layer}/**/*.test.ts`] : names.map((it) => `tests/${layer}/${it}.test.ts`);
  const args = ["--timeout", "600000", "--slow", "60000", ...specs.flatMap((it) => ["--spec", it])];
  return new Promise((resolve, reject) => {
    const child = spawn(bin, args, { cwd: projectFolder, env: environment, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

main(async ([layer = "", ...names]) => {
  const home = linnixHome();
  let prepared: Prepared;
  try {
    prepared = await prepare(home);
  } catch (error) {
    if (!(error instanceof Failure) || process.env.CI === "true") throw error;
    process.stderr.write(`\n*** LEFT OUT: the layer ${layer} can't run on this machine ***\n${error.message}\n`);
    return 0;
  }
  ensureBackend(home);
  const { engine, bases, toolchain } = prepared;
  return mocha(layer, names, {
    ...process.env,
    ...pulumiEnvironment(home, toolchain, engine.env),
    LINNIX_TEST_BASES: JSON.stringify(bases.images),
  });
});
