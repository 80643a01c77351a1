/**
 * Publishes images: one build for each platform, joined into an index, then tagged. Every step first asks the registry whether
 * its result is there, so that what was interrupted is completed by a repetition, and what is there is never made twice.
 */
import { type BuildSpec, publishArguments } from "../../components/images/build-spec";
import { contentTag, platformTag } from "../../components/images/tags";
import type { Architecture } from "../../components/settings/ec2/types";
import { Failure } from "../lib/errors";
import type { ImageRegistry } from "./registry";
import { commitTag, movingTags, moves } from "./release-tags";

/** The platforms of every published image. */
export const architectures: readonly Architecture[] = ["amd64", "arm64"];

/** How images are published. */
export interface Publishing {
  readonly registry: ImageRegistry;
  /** The registry's address with the path of the images' owner: `ghcr.io/my-org`. */
  readonly address: string;
  /** Runs docker's build, with these arguments, and its push. */
  readonly build: (spec: BuildSpec, args: readonly string[]) => Promise<void>;
  /** Name of the buildx builder; `default` is the engine's own. */
  readonly builder: string;
  /** Attaches what the image was built from and how (provenance), and what it holds (SBOM). The engine's own builder cannot. */
  readonly attest: boolean;
  /** Reports what was done, or was there. */
  readonly note: (text: string) => void;
}

/** A published image. */
export interface PublishedImage {
  readonly image: string;
  readonly repository: string;
  /** The tag of its content. */
  readonly tag: string;
  /** Of the index of all platforms. */
  readonly digest: string;
}

/** The repository of an image. */
export const repositoryOf = (address: string, { image }: Pick<BuildSpec, "image">): string =>
  `${address}/linnix-${image}`;

/** Where the index of an image's platforms is. */
const indexOf = (address: string, spec: BuildSpec): Omit<PublishedImage, "digest"> => ({
  image: spec.image,
  repository: repositoryOf(address, spec),
  tag: contentTag(spec),
});

/** The reference of an image's index by its content. */
export function contentReference(address: string, spec: BuildSpec): string {
  const { repository, tag } = indexOf(address, spec);
  return `${repository}:${tag}`;
}

/** Makes sure that a tag is in the registry, and returns its digest: asks, pushes what is missing, and asks again. */
async function ensurePushed(
  { registry, note }: Pick<Publishing, "registry" | "note">,
  reference: string,
  push: () => Promise<void>,
): Promise<string> {
  const found = await registry.digestOf(reference);
  if (found !== undefined) {
    note(`${reference} is there already`);
    return found;
  }
  await push();
  const pushed = await registry.digestOf(reference);
  if (pushed === undefined) throw new Failure(`${reference} was pushed, and is not there: the registry has lost it`);
  note(`${reference} is pushed`);
  return pushed;
}

/** Makes sure that the image of one platform is in the registry, and returns its digest. */
export async function publishPlatform(
  publishing: Publishing,
  spec: BuildSpec,
  architecture: Architecture,
): Promise<string> {
  const { address, build, builder, attest } = publishing;
  const reference = `${repositoryOf(address, spec)}:${platformTag(spec, architecture)}`;
  return ensurePushed(publishing, reference, () =>
    build(spec, publishArguments(spec, { tag: reference, architecture, builder, attest })),
  );
}

/** Makes sure that the index of an image's platforms is in the registry. All of them must be there. */
export async function publishIndex(publishing: Publishing, spec: BuildSpec): Promise<PublishedImage> {
  const { registry, address } = publishing;
  const index = indexOf(address, spec);
  const reference = contentReference(address, spec);
  const digest = await ensurePushed(publishing, reference, async () => {
    const digests = [];
    for (const architecture of architectures) {
      const found = await registry.digestOf(`${index.repository}:${platformTag(spec, architecture)}`);
      if (found === undefined) {
        const remedy = `npm run -s images -- build ${spec.image} --arch ${architecture} --registry ${address}`;
        throw new Failure(`${reference}: the image for ${architecture} is not there yet: ${remedy}`);
      }
      digests.push(found);
    }
    await registry.tag(reference, digests);
  });
  return { ...index, digest };
}

/** The digest that a tag stands for which never moves: this one or none; any other is an error. */
async function fixedDigest(registry: ImageRegistry, reference: string, digest: string): Promise<string | undefined> {
  const found = await registry.digestOf(reference);
  if (found === undefined || found === digest) return found;
  throw new Failure(
    `${reference} is there with ${found}, and would become ${digest}: such a tag never moves. Publish a changed release under ` +
      "a new version (package.json); if the tag was pushed by mistake and nobody has pulled it, delete it in the registry",
  );
}

/** Which tags are given to published images, besides those of their content. */
export interface Naming {
  /** The commit that they were built from; undefined if files differ from it. */
  readonly commit: string | undefined;
  /** The version of the release, without `v`; undefined if they are no release. */
  readonly release: string | undefined;
}

/** Gives the tags of the commit and of the release, which never move, then moves those that move, forward only. */
export async function nameImages(
  { registry, note }: Pick<Publishing, "registry" | "note">,
  images: readonly PublishedImage[],
  { commit, release }: Naming,
): Promise<void> {
  const fixed = [
    ...(commit === undefined ? [] : [commitTag(commit)]),
    ...(release === undefined ? [] : [`v${release}`]),
  ];
  const missing: { readonly reference: string; readonly digest: string }[] = [];
  // All are asked for before one is given, so that a release is refused as a whole.
  for (const tag of fixed)
    for (const { repository, digest } of images) {
      const reference = `${repository}:${tag}`;
      const found = await fixedDigest(registry, reference, digest);
      if (found === undefined) missing.push({ reference, digest });
      else note(`${reference} is there already`);
    }
  for (const { reference, digest } of missing) {
    await registry.tag(reference, [digest]);
    note(`${reference} is pushed`);
  }
  for (const tag of release === undefined ? [] : movingTags(release))
    for (const image of images) await moveForward({ registry, note }, image, tag, release ?? "");
}

/** Moves a tag to an image, unless it stands for the same or a newer release. */
async function moveForward(
  { registry, note }: Pick<Publishing, "registry" | "note">,
  { repository, digest }: PublishedImage,
  tag: string,
  release: string,
): Promise<void> {
  const reference = `${repository}:${tag}`;
  const found = await registry.digestOf(reference);
  if (found === digest) {
    note(`${reference} is there already`);
    return;
  }
  const current = found === undefined ? undefined : await registry.versionOf(reference);
  if (found !== undefined && current === undefined) {
    throw new Failure(
      `${reference} stands for an image without a version, which this program never pushed: delete the tag`,
    );
  }
  if (!moves(release, current)) {
    note(`${reference} stays at ${current ?? ""}, which is not older than ${release}`);
    return;
  }
  await registry.tag(reference, [digest]);
  note(`${reference} is moved${current === undefined ? "" : ` from ${current}`} to ${release}`);
}

/**
 * This checkout's images, if they are published.
 *
 * @returns undefined if one of them is not there.
 */
export async function publishedImages(
  registry: ImageRegistry,
  address: string,
  specs: readonly BuildSpec[],
): Promise<readonly PublishedImage[] | undefined> {
  const found = [];
  for (const spec of specs) {
    const digest = await registry.digestOf(contentReference(address, spec));
    if (digest === undefined) return undefined;
    found.push({ ...indexOf(address, spec), digest });
  }
  return found;
}
