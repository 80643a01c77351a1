/** What `npm run images` is asked for, from its arguments. Pure. */
import { type ServiceName, serviceNames } from "../../components/services/catalogue";
import type { Architecture } from "../../components/settings/ec2/types";
import { parseRegistry } from "../../components/settings/registry/reference";
import { BadInput } from "../lib/errors";
import { architectures } from "./publish";
import { releaseTag } from "./release-tags";

/**
 * What is done: each platform's build, the index of both and its tags, both of these, the question what is there, a signature, a
 * trial of the quickstart on this machine, the page of a release.
 */
const kinds = ["build", "index", "publish", "show", "sign", "try", "page"] as const;

/** One of the command's requests. */
export interface ImagesRequest {
  readonly kind: (typeof kinds)[number];
  readonly images: readonly ServiceName[];
  /** The registry's address with the path of the images' owner. */
  readonly registry: string;
  readonly architectures: readonly Architecture[];
  readonly builder: string;
  readonly attest: boolean;
  /** The version that is released, without `v`; undefined if none is. */
  readonly release: string | undefined;
}

/** The options as they are typed. */
export interface ImagesOptions {
  readonly registry: string | undefined;
  readonly arch: string | undefined;
  readonly builder: string;
  readonly attest: boolean;
  readonly release: string | undefined;
}

const usage = "npm run -s images -- publish --registry ghcr.io/my-org; npm run images -- --help";

function refuse(key: string, value: string | undefined, problem: string, remedy = usage): never {
  throw new BadInput([{ key, ...(value === undefined ? {} : { value }), problem, remedy }]);
}

/** One of a few words. */
function oneOf<T extends string>(key: string, value: string | undefined, allowed: readonly T[]): T {
  const found = allowed.find((it) => it === value);
  const problem = `${value === undefined ? "is missing; pass" : "must be"} one of ${allowed.join(", ")}`;
  return found ?? refuse(key, value, problem);
}

/**
 * Reads the words and the options.
 *
 * @throws BadInput that names what is allowed.
 */
export function imagesRequest(words: readonly string[], options: ImagesOptions): ImagesRequest {
  const { registry, arch, builder, attest, release } = options;
  const [word, ...images] = words;
  const kind = oneOf("command", word, kinds);
  const builds = kind === "build" || kind === "publish";
  const tags = kind === "index" || kind === "publish" || kind === "page";
  if (registry === undefined || parseRegistry(registry) === undefined) {
    const problem = `${registry === undefined ? "is missing; pass" : "must be"} a registry's address without scheme, with the owner's path`;
    refuse("--registry", registry, problem);
  }
  if (arch !== undefined && kind !== "build")
    refuse("--arch", arch, "is for build only: an index has every platform", "remove it, or ask for build");
  if (attest && !builds) refuse("--attest", undefined, "is for build and publish only", "remove it");
  if (attest && builder === "default") {
    const remedy = "docker buildx create --name attesting --driver docker-container, and pass --builder attesting";
    refuse("--attest", undefined, "cannot be done by the builder default, the engine's own", remedy);
  }
  if (release !== undefined && !tags) refuse("--release", release, "is for index, publish and page only", "remove it");
  if (release === undefined && kind === "page") refuse("--release", undefined, `is missing; pass ${releaseTag}`);
  if (images.length > 0 && (kind === "try" || kind === "page"))
    refuse("IMAGE", images.join(" "), `${kind} is for all images together`, "remove it");
  if (release !== undefined && release !== releaseTag) {
    const remedy = `tag the commit ${releaseTag}, or set the new version in package.json and components/project.ts`;
    refuse("--release", release, `must be ${releaseTag}, the version of this checkout`, remedy);
  }
  return {
    kind,
    images: images.length === 0 ? serviceNames : images.map((image) => oneOf("IMAGE", image, serviceNames)),
    registry,
    architectures: arch === undefined ? architectures : [oneOf("--arch", arch, architectures)],
    builder,
    attest,
    release: release?.slice(1),
  };
}
