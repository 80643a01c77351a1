/** The tags of published images that people pull by: of a commit, and of releases. Pure. */
import { compare, parse } from "semver";

import { version } from "../../components/project";

/** The tag of a commit: `sha-` and 12 digits. It never moves. */
export function commitTag(commit: string): string {
  return `sha-${commit.slice(0, 12)}`;
}

/** The tag of this version's release, of git and of the images. It never moves. */
export const releaseTag = `v${version}`;

/**
 * The tags that a release may move: `1.2` and `latest`; none for a prerelease.
 *
 * @throws TypeError if the version is none.
 */
export function movingTags(release: string): string[] {
  const { major, minor, prerelease } = parse(release, {}, true);
  return prerelease.length === 0 ? [`${major}.${minor}`, "latest"] : [];
}

/**
 * Whether a release moves a tag that it may move: only forward, by the order of semantic versions.
 *
 * @param current the version that the tag stands for; undefined if there is no such tag.
 * @throws TypeError if a version is none.
 */
export function moves(release: string, current: string | undefined): boolean {
  return current === undefined || compare(release, current) > 0;
}
