import * as fs from "node:fs";
import * as path from "node:path";

import { type BuildSpec, buildSpecs, buildxArguments } from "../../components/images/build-spec";
import { projectFolder } from "../lib/home";
import { type Figure, timed } from "../lib/measure";
import { sessionEnvironment } from "../lib/pulumi";
import { run, tryRun } from "../lib/run";
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

/** The layers of an image, by the hashes of their content; none if it is not on the engine. */
async function layers(session: Session, image: string): Promise<readonly string[]> {
  const format = ["--format", "{{json .RootFS.Layers}}"];
  const { status, stdout } = await tryRun("docker", ["image", "inspect", ...format, image], {
    env: sessionEnvironment(session),
  });
  return status === 0 ? (JSON.parse(stdout) as string[]) : [];
}

/** How many layers of the build without a cache the stack's own image, built another day by the update, does not have. */
async function differing(session: Session, spec: BuildSpec): Promise<Figure> {
  const own = await layers(session, `linnix/${spec.image}:${session.stack}`);
  const value = (await layers(session, `linnix-bench/${spec.image}`)).filter((layer) => !own.includes(layer)).length;
  return { what: `layers of ${spec.image}, built cold, that differ from the update's`, value, unit: "layers" };
}

/** Builds each image without any cache, again with nothing changed, and again with one line changed. */
export async function builds(session: Session, settings: Settings): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const spec of Object.values(buildSpecs(settings))) {
    say(`building ${spec.image} without any cache`);
    const cold = await build(session, spec, "--no-cache");
    const differ = await differing(session, spec);
    const warm = await build(session, spec);
    figures.push({ what: `build of ${spec.image}, cold`, value: cold.seconds, unit: "s" });
    figures.push({ what: `build of ${spec.image}, nothing changed`, value: warm.seconds, unit: "s" });
    figures.push(differ);
    figures.push(...(await afterChange(session, spec)));
    await run("docker", ["image", "rm", `linnix-bench/${spec.image}`], { env: sessionEnvironment(session) });
  }
  return figures;
}
