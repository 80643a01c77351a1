import * as fs from "node:fs";
import * as path from "node:path";

import { type BuildSpec, buildSpecs, buildxArguments } from "../../components/images/build-spec";
import { projectFolder } from "../lib/home";
import { type Figure, timed } from "../lib/measure";
import { sessionEnvironment } from "../lib/pulumi";
import { run } from "../lib/run";
import { say } from "../lib/say";
import { withTemporaryFolder } from "../lib/temporary";
import type { Session } from "../start/session";
import type { Settings } from "../../components/settings/types";

/** The file whose last line is changed: the daemon's own program. */
const changedFile = path.join("cognitod", "src", "main.rs");

/** Times a build: of a changed source, with another context in place of the settings' own. */
function build(session: Session, spec: BuildSpec, ...more: string[]): Promise<{ seconds: number }> {
  const args = [...buildxArguments(spec, `linnix-bench/${spec.image}`), ...more];
  return timed(() => run("docker", args, { cwd: projectFolder, env: sessionEnvironment(session) }));
}

/** Times the build after a change of one line; none if the source is not a folder here. */
async function afterChange(session: Session, spec: BuildSpec): Promise<Figure[]> {
  const source = spec.contexts.linnix;
  if (source === undefined || !fs.existsSync(path.resolve(projectFolder, source, changedFile))) return [];
  return withTemporaryFolder(async (folder) => {
    const filter = (file: string) => ![".git", "target"].includes(path.basename(file));
    fs.cpSync(path.resolve(projectFolder, source), folder, { recursive: true, filter });
    // With the time of the run, so that no earlier build has it.
    fs.appendFileSync(path.join(folder, changedFile), `// ${Date.now()}\n`);
    const { seconds } = await build(session, { ...spec, contexts: { ...spec.contexts, linnix: folder } });
    return [{ what: `build of ${spec.image}, one line of its source changed`, value: seconds, unit: "s" }];
  });
}

/** Builds each image without any cache, again with nothing changed, and again with one line changed. */
export async function builds(session: Session, settings: Settings): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const spec of Object.values(buildSpecs(settings))) {
    say(`building ${spec.image} without any cache`);
    const cold = await build(session, spec, "--no-cache");
    const warm = await build(session, spec);
    figures.push({ what: `build of ${spec.image}, cold`, value: cold.seconds, unit: "s" });
    figures.push({ what: `build of ${spec.image}, nothing changed`, value: warm.seconds, unit: "s" });
    figures.push(...(await afterChange(session, spec)));
    await run("docker", ["image", "rm", `linnix-bench/${spec.image}`], { env: sessionEnvironment(session) });
  }
  return figures;
}
