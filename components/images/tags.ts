/** The tags of images that are made of what an image is built from. */
import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder, version } from "../project";
import type { Architecture } from "../settings/ec2/types";
import type { BuildSpec } from "./build-spec";
import { type ContextFile, contentHash, contextFiles, ignoredNames } from "./content-hash";
import { contentTagPrefix } from "./registry/registry";

/**
 * The hash of what an image is built from: the Dockerfile, the files of its contexts and the build arguments, with all pinned
 * versions. It does not depend on the platform, the builder, the checkout's place or the umask, so that every checkout of the
 * same content finds the same published image.
 */
function buildHash(build: BuildSpec): string {
  const folder = path.resolve(projectFolder, build.folder);
  const ignoreFile = path.join(folder, ".dockerignore");
  const ignored = ignoredNames(fs.readFileSync(ignoreFile, "utf8"), ignoreFile);
  const remote: Record<string, string> = {};
  const files: Record<string, ContextFile[]> = {};
  for (const [name, location] of Object.entries({ ...build.contexts, "": folder })) {
    const place = path.resolve(projectFolder, location);
    if (fs.existsSync(place)) files[name] = contextFiles(place, ignored);
    else remote[name] = location;
  }
  return contentHash({ image: build.image, arguments: build.arguments, remote }, files);
}

/** The tag of an image's index of all platforms: `content-` and 32 digits of the hash. It never moves. */
export function contentTag(build: BuildSpec): string {
  return `${contentTagPrefix}${buildHash(build).slice(0, 32)}`;
}

/** The tag of one platform's image, which the index joins. It never moves. */
export function platformTag(build: BuildSpec, architecture: Architecture): string {
  return `${contentTag(build)}-${architecture}`;
}

/**
 * Tags of an image in a stack's own repository, which has one platform: one with the version for people, one with more of the
 * hash.
 *
 * @param architecture of the host; `native` is the engine's own.
 */
export function stackTags(build: BuildSpec, architecture: Architecture | "native"): string[] {
  const hash = buildHash(build);
  return [`${contentTagPrefix}${version}-${hash.slice(0, 12)}`, `${contentTagPrefix}${hash.slice(0, 32)}`].map(
    (tag) => `${tag}-${architecture}`,
  );
}
