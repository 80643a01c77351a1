import * as path from "node:path";

import { buildxArguments, cognitodBuild, llamaBuild } from "../../components/images/build-spec";
import type { Settings } from "../../components/settings/settings";
import type { Home } from "./home";
import { projectFolder } from "./home";
import { tryRun } from "./run";

/** Lines of BuildKit's log that are shown; the last ones name the step, what it printed and where it stands. */
const shownLines = 30;

/**
 * Why images could not be built. The provider passes on no more than "exit status 1", so what failed is built once more:
 * everything before the step that fails comes from the cache.
 *
 * @param failed names of the resources that failed, as Pulumi printed them.
 * @returns for each image that fails again, what BuildKit says, with the file that has all of it.
 */
export async function whyBuildsFailed(
  failed: readonly string[],
  settings: Settings,
  home: Home,
  environment: NodeJS.ProcessEnv,
): Promise<string[]> {
  const specs = [cognitodBuild(settings.source, settings.baseImages), llamaBuild(settings.baseImages)];
  const causes: string[] = [];
  for (const spec of specs.filter(({ image }) => failed.includes(`${image}-build`))) {
    const log = path.join(home.logs, `build-${spec.image}.log`);
    const args = [...buildxArguments(spec, `linnix/${spec.image}:${settings.stack}`), "--progress=plain"];
    const { status, stderr } = await tryRun("docker", args, { cwd: projectFolder, env: environment, log });
    if (status === 0) continue;
    const lines = stderr.trimEnd().split("\n").slice(-shownLines);
    causes.push([`The build of ${spec.image} says (all of it: ${log}):`, ...lines.map((it) => `  ${it}`)].join("\n"));
  }
  return causes;
}
