/** What the page of a release has: its notes, and what people start its images with. */
import type { SecretName } from "../../components/services/secrets";
import { validSettings } from "../lib/settings";
import { localRenderings } from "../render/renderings";
import { Failure } from "../lib/errors";
import type { PublishedImage } from "./publish";

/** The secrets that a local stack always has. */
const secrets: readonly SecretName[] = ["api-token"];

/**
 * What the changelog says of its newest version, without the heading. Pure.
 *
 * @throws Failure if that is another version.
 */
export function releaseNotes(changelog: string, version: string): string {
  const [, newest = ""] = changelog.split(/^## /m);
  const [heading = "", ...notes] = newest.split("\n");
  const [, unreleased, released] = /^(?:Unreleased \((\S+)\)|(\S+), \S+)$/.exec(heading) ?? [];
  if ((unreleased ?? released) === version) return `${notes.join("\n").trim()}\n`;
  throw new Failure(
    `CHANGELOG.md begins with "${heading}", and the page of ${version} needs a section of that version there: ` +
      `"${version}, " and the date`,
  );
}

/** The files that start published images: a script, and the compose file that it writes. */
export function quickstartFiles(images: readonly PublishedImage[]): ReadonlyMap<string, string> {
  const references = Object.fromEntries(
    images.map(({ image, repository, digest }) => [image, `${repository}@${digest}`]),
  );
  const settings = validSettings({ stack: "local", stackIsGuess: true, raw: { images: references } });
  const { quickstart, compose } = localRenderings(settings, secrets);
  return new Map([
    ["quickstart.sh", quickstart?.() ?? ""],
    ["docker-compose.yaml", compose?.() ?? ""],
  ]);
}
