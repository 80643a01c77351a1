// npm run images -- build | index | publish | show | sign [IMAGE...] --registry ADDRESS: publishes this checkout's images, for
// both platforms, and prints the references of what is published; try and page: starts them once, and makes a release's page.
// docs/OPERATIONS.md, Publish.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { BuildSpec } from "../../components/images/build-spec";
import { buildSpecs } from "../../components/images/build-spec";
import { ensureBases } from "../bases/bases";
import { type Engine, engineEnvironment, ensureEngine } from "../engine/engine";
import { cleanCommit } from "../images/commit";
import {
  type PublishedImage,
  type Publishing,
  nameImages,
  publishIndex,
  publishPlatform,
  publishedImages,
} from "../images/publish";
import { dockerRegistry } from "../images/registry";
import { quickstartFiles, releaseNotes } from "../images/release-page";
import { releaseTag } from "../images/release-tags";
import { type ImagesRequest, imagesRequest } from "../images/request";
import { commands } from "../lib/commands";
import { Failure } from "../lib/errors";
import { type Home, linnixHome, projectFolder } from "../lib/home";
import { main } from "../lib/main";
import { modes } from "../lib/modes";
import { step } from "../lib/progress";
import { run } from "../lib/run";
import { say, sayRow } from "../lib/say";
import { validSettings } from "../lib/settings";
import { type StackFile, readStackFile } from "../lib/stack-file";

/** The settings of a file; without one, the defaults, which every checkout of the same commit builds from. */
function settingsSource(config: string | undefined): Pick<StackFile, "stack" | "stackIsGuess" | "raw"> {
  return config === undefined ? { stack: "local", stackIsGuess: true, raw: {} } : readStackFile(config);
}

/** What is built, by the settings. Base images are the pinned ones, unless the settings say that they come from the archive. */
async function builds(
  home: Home,
  engine: Engine,
  request: ImagesRequest,
  config: string | undefined,
): Promise<BuildSpec[]> {
  const file = settingsSource(config);
  const { source, baseImages } = validSettings(file);
  const mode = file.raw.bases === "archive" ? "archive" : "registry";
  const bases = await step("base images", "choosing their origin", async (current) => {
    const found = await ensureBases({ home, engine, mode, step: current, services: request.images });
    return { value: found.images, done: found.mode };
  });
  const specs = buildSpecs({ source, baseImages: { ...bases, ...baseImages } });
  return request.images.map((image) => specs[image]);
}

const referenceOf = ({ repository, digest }: PublishedImage): string => `${repository}@${digest}`;

/** Prints published images, each line as GitHub Actions reads outputs. */
function print(images: readonly PublishedImage[]): void {
  for (const published of images) {
    const { image, repository, digest } = published;
    process.stdout.write(
      `${image}=${referenceOf(published)}\n${image}-repository=${repository}\n${image}-digest=${digest}\n`,
    );
  }
}

/** This checkout's published images. */
async function requirePublished(
  { registry, address }: Publishing,
  specs: readonly BuildSpec[],
): Promise<readonly PublishedImage[]> {
  const images = await publishedImages(registry, address, specs);
  if (images !== undefined) return images;
  throw new Failure(
    `${address} does not have the images of this checkout: npm run -s images -- publish --registry ${address} publishes them`,
  );
}

/** Signs without a key: by the identity that the surroundings vouch for, such as a workflow. */
async function sign(environment: NodeJS.ProcessEnv, images: readonly PublishedImage[]): Promise<void> {
  for (const image of images) {
    // Also the platforms' images: an engine pulls one of them by its own digest.
    await run("cosign", ["sign", "--yes", "--recursive", referenceOf(image)], { env: environment });
    sayRow("images", `${referenceOf(image)} is signed`);
  }
}

/** Writes files into a new folder, and returns their paths. */
function newFiles(files: ReadonlyMap<string, string>): string[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-release-"));
  return [...files].map(([name, text]) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text);
    return file;
  });
}

/** Runs the quickstart to its end, with what it prints. Its folder stays, because what it started goes on. */
async function tryQuickstart(environment: NodeJS.ProcessEnv, images: readonly PublishedImage[]): Promise<void> {
  const [script = ""] = newFiles(quickstartFiles(images));
  await run("sh", [script], { env: environment, onLine: say });
  sayRow("quickstart", `runs; docker compose down in ${path.dirname(script)} ends it`);
}

/** Makes the page of this version's release, at GitHub, whose tag must be there. */
async function makePage(images: readonly PublishedImage[]): Promise<void> {
  const changelog = fs.readFileSync(path.join(projectFolder, "CHANGELOG.md"), "utf8");
  const notes = releaseNotes(changelog, releaseTag.slice(1));
  const [notesFile = "", ...files] = newFiles(new Map([["notes.md", notes], ...quickstartFiles(images)]));
  const what = ["--verify-tag", "--title", releaseTag, "--notes-file", notesFile, ...files];
  await run("gh", ["release", "create", releaseTag, ...what]);
  fs.rmSync(path.dirname(notesFile), { recursive: true });
  sayRow("release", `${releaseTag} has a page`);
}

main(commands.images, async ({ names, config, ...options }) => {
  const request = imagesRequest(names, options);
  const home = linnixHome();
  const engine = await step("engine", "searching for a Docker engine", async (current) => {
    const found = await ensureEngine({ home, mode: modes().engine, step: current });
    return { value: found, done: `Docker ${found.version}, ${found.host}` };
  });
  const environment = engineEnvironment(engine);
  const specs = await builds(home, engine, request, config);
  const publishing: Publishing = {
    registry: dockerRegistry(environment, { builder: request.builder }),
    address: request.registry,
    builder: request.builder,
    attest: request.attest,
    build: async ({ image }, args) => {
      await step(image, "building and pushing", async (current) => {
        const onLine = (line: string) => {
          current.say(line);
        };
        await run("docker", args, { cwd: projectFolder, env: environment, onLine });
        return { value: undefined, done: "built and pushed" };
      });
    },
    note: (text) => {
      sayRow("images", text);
    },
  };
  if (request.kind === "build" || request.kind === "publish") {
    for (const spec of specs)
      for (const architecture of request.architectures) await publishPlatform(publishing, spec, architecture);
  }
  if (request.kind === "index" || request.kind === "publish") {
    const images = [];
    for (const spec of specs) images.push(await publishIndex(publishing, spec));
    await nameImages(publishing, images, { commit: await cleanCommit(projectFolder), release: request.release });
    print(images);
  }
  if (request.kind === "show") print(await requirePublished(publishing, specs));
  if (request.kind === "sign") await sign(environment, await requirePublished(publishing, specs));
  if (request.kind === "try") await tryQuickstart(environment, await requirePublished(publishing, specs));
  if (request.kind === "page") await makePage(await requirePublished(publishing, specs));
  return 0;
});
