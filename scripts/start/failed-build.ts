import * as path from "node:path";

import { type BuildSpec, buildSpecs, buildxArguments } from "../../components/images/build-spec";
import { failedTitle, lastLines, missingGit } from "../../components/images/failed-build";
import type { Home } from "../lib/home";
import { projectFolder } from "../lib/home";
import { step } from "../lib/progress";
import { tryRun } from "../lib/run";
import type { Settings } from "../../components/settings/types";

/** What repeated builds came to. */
export interface BuildsAgain {
  /** For each image that failed again, the end of BuildKit's log and the file that has all of it. */
  readonly causes: readonly string[];
  /** Names of the resources whose build succeeded. */
  readonly built: readonly string[];
}

/**
 * Repeats the builds that failed, where Pulumi's version runs no hook of the program that reports the cause. Every step
 * before the one that fails comes from the cache.
 *
 * @param failed names of the resources that failed.
 * @param reported what `pulumi` printed of the failure.
 */
export async function buildAgain(
  failed: readonly string[],
  reported: string,
  settings: Settings,
  home: Home,
  environment: NodeJS.ProcessEnv,
): Promise<BuildsAgain> {
  const specs = Object.values(buildSpecs(settings));
  const causes: string[] = [];
  const built: string[] = [];
  const resource = ({ image }: BuildSpec) => `${image}-build`;
  const unexplained = (spec: BuildSpec) =>
    failed.includes(resource(spec)) && !reported.includes(failedTitle(spec.image));
  for (const spec of specs.filter(unexplained)) {
    const log = path.join(home.logs, `build-${spec.image}.log`);
    const args = [...buildxArguments(spec, `linnix/${spec.image}:${settings.stack}`), "--progress=plain"];
    const { status, stderr } = await step(spec.image, "building once more, for BuildKit's messages", async () => {
      const value = await tryRun("docker", args, { cwd: projectFolder, env: environment, log });
      return { value, done: value.status === 0 ? "built this time" : "failed again" };
    });
    if (status === 0) {
      built.push(resource(spec));
      continue;
    }
    const git = missingGit(stderr);
    causes.push(
      [
        `${failedTitle(spec.image)} (whole log: ${log}):`,
        ...lastLines(stderr).map((it) => `  ${it}`),
        ...(git === undefined ? [] : [git]),
      ].join("\n"),
    );
  }
  return { causes, built };
}
