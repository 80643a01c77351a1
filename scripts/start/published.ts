/** Whether a local stack can take images that are published, instead of building them: the choice of `npm start`. */
import { type BuildSpec, buildSpecs } from "../../components/images/build-spec";
import { machineArchitecture } from "../../components/settings/load";
import type { Settings } from "../../components/settings/types";
import type { RawSettings } from "../../components/settings/validate";
import { archiveImages, recipeKey } from "../bases/bases";
import { contentReference, publishedImages } from "../images/publish";
import type { ImageRegistry } from "../images/registry";
import { Failure } from "../lib/errors";

/** The value of `linnix:images` that the stack takes; undefined if it builds. And the reason. */
export interface PublishedChoice {
  readonly images: Readonly<Record<string, string>> | undefined;
  readonly because: string;
}

/** The settings that only a build has: they are left out with published images. */
const buildSettings = ["source", "sourceCommit", "bases", "baseImages", "builder"];

/** The builds of a stack, as a start would do them: with base images from the archive if the settings ask for them. */
export function stackBuilds(
  { source, baseImages, services }: Pick<Settings, "source" | "baseImages" | "services">,
  bases: RawSettings[string] | undefined,
): BuildSpec[] {
  const archive = bases === "archive" ? archiveImages(recipeKey(), services) : {};
  const specs = buildSpecs({ source, baseImages: { ...archive, ...baseImages } });
  return services.map((service) => specs[service]);
}

/** Whether the last start took the images of these builds from there. */
function areTaken(previous: RawSettings[string] | undefined, address: string, specs: readonly BuildSpec[]): boolean {
  const images = typeof previous === "object" ? (previous as Readonly<Record<string, unknown>>) : {};
  return specs.every((spec) => String(images[spec.image]).startsWith(`${contentReference(address, spec)}@`));
}

/**
 * Asks the registry for the images of these builds.
 *
 * @param previous `linnix:images` of the last start: published images stay chosen while the registry gives no answer.
 */
export async function choosePublished(
  registry: ImageRegistry,
  address: string,
  specs: readonly BuildSpec[],
  previous?: RawSettings[string],
): Promise<PublishedChoice> {
  if (machineArchitecture === undefined)
    return { images: undefined, because: "none is for this machine's architecture" };
  try {
    const found = await publishedImages(registry, address, specs);
    if (found === undefined) return { images: undefined, because: `${address} has none of the same content` };
    // With the tag beside the digest, the next start knows what the image was built from.
    const images: Record<string, string> = { architecture: machineArchitecture };
    for (const { image, repository, tag, digest } of found) images[image] = `${repository}:${tag}@${digest}`;
    return { images, because: `${address} has them with the same content` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (!areTaken(previous, address, specs)) return { images: undefined, because: error.message };
    const because = `they were published before, and now ${error.message}`;
    return { images: previous as Readonly<Record<string, string>>, because };
  }
}

/** The settings of a stack that takes published images. */
export function withPublished(raw: RawSettings, images: Readonly<Record<string, string>>): RawSettings {
  const rest = Object.entries(raw).filter(([name]) => !buildSettings.includes(name));
  return { ...Object.fromEntries(rest), images };
}
