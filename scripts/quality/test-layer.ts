// npm run test:<layer> -- [--short] [NAME...]: runs the tests under tests/<layer>, all or those files, after preparing what
// they need: tool chain, engine, base images. Left out with a warning where that is impossible; fails in CI (CI=true).
// --short leaves out the tests that are marked as [full], and lists them at its end.
import { commands } from "../lib/commands";
import { linnixHome } from "../lib/home";
import { layerEnvironment } from "../lib/layer";
import { main } from "../lib/main";
import { withRequirements } from "../lib/requirements";
import { prepare } from "../start/prepare";
import { leftOut, runMocha } from "../lib/run-mocha";

main(commands["test-layer"], ({ layer, names, short }) => {
  const home = linnixHome();
  return withRequirements(
    `the layer ${layer}`,
    () => prepare(home),
    async (prepared) => {
      const environment = layerEnvironment(home, prepared);
      const specs = (names.length === 0 ? ["**/*"] : names).map((name) => `tests/${layer}/${name}.test.ts`);
      const status = await runMocha({ specs, short, environment });
      if (short) {
        const titles = await leftOut({ specs, environment });
        const list = titles.map((title) => `  ${title}\n`).join("");
        process.stdout.write(
          `Left out by --short: ${titles.length} tests; npm run test:${layer} runs them too\n${list}`,
        );
      }
      return status;
    },
  );
});
