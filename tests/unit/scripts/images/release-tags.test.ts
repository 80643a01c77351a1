import assert from "node:assert/strict";

import fc from "fast-check";
import { compare } from "semver";

import { commitTag, movingTags, moves, releaseTag } from "../../../../scripts/images/release-tags";

const version = fc
  .tuple(fc.nat(12), fc.nat(12), fc.nat(12), fc.constantFrom("", "", "-rc.1", "-rc.10", "-alpha"))
  .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre}`);

describe("the tags of releases", () => {
  it("are those of git and of the commit", () => {
    assert.match(releaseTag, /^v\d+\.\d+\.\d+/);
    assert.equal(commitTag("0123456789abcdef".repeat(3).slice(0, 40)), "sha-0123456789ab");
  });

  it("move by semantic versions, not by text, and never for a prerelease", () => {
    assert.deepEqual(movingTags("1.10.3"), ["1.10", "latest"]);
    assert.deepEqual(movingTags("2.0.0-rc.1"), []);
    assert.ok(moves("1.10.0", "1.9.9"));
    assert.ok(!moves("1.9.9", "1.10.0"));
    assert.ok(!moves("1.2.3", "1.2.3"));
    assert.ok(moves("1.2.3", "1.2.3-rc.1"));
    assert.ok(moves("1.2.3", undefined));
    for (const bad of ["", "v", "1.2", "latest"]) assert.throws(() => movingTags(bad), TypeError, bad);
  });

  it("stand for the newest release of theirs, in whichever order releases are published", () => {
    fc.assert(
      fc.property(fc.array(version, { maxLength: 12 }), (releases) => {
        const stands: Record<string, string> = {};
        for (const release of releases)
          for (const tag of movingTags(release)) {
            const before = stands[tag];
            if (!moves(release, before)) continue;
            assert.ok(before === undefined || compare(release, before) > 0, "only forward");
            stands[tag] = release;
          }
        const final = releases.filter((it) => !it.includes("-"));
        const newest = (among: readonly string[]) => [...among].sort(compare).at(-1);
        assert.equal(stands.latest, newest(final));
        for (const tag of Object.keys(stands).filter((it) => it !== "latest"))
          assert.equal(stands[tag], newest(final.filter((it) => it.startsWith(`${tag}.`))));
      }),
    );
  });
});
