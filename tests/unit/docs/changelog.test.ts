import assert from "node:assert/strict";

import { version } from "../../../package.json";
import { read } from "../../fixtures/documented/pages";

/** The headings of versions, the newest first. */
const headings = [...read("CHANGELOG.md").matchAll(/^## (.+)$/gm)].map(([, heading = ""]) => heading);

describe("CHANGELOG.md", () => {
  it("begins with the version of package.json, released or not", () => {
    const [, unreleased, released] =
      /^(?:Unreleased \((\S+)\)|(\d\S*), \d{4}-\d{2}-\d{2})$/.exec(headings[0] ?? "") ?? [];
    assert.equal(unreleased ?? released, version, headings[0]);
  });

  it("has each version once, and what is not released only at its beginning", () => {
    assert.deepEqual(headings, [...new Set(headings)]);
    for (const heading of headings.slice(1)) assert.doesNotMatch(heading, /Unreleased/);
  });
});
