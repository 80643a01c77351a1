import assert from "node:assert/strict";

import { parse } from "yaml";

import { quickstartFiles, releaseNotes } from "../../../../scripts/images/release-page";

describe("the page of a release", () => {
  const text = (heading: string) =>
    `# Changelog\n\nIntroduction.\n\n${heading}\n\n- one\n- two\n\n## 0.9.0, 2026-01-02\n\n- old\n`;

  it("has the notes of the newest version, and no other's", () => {
    for (const heading of ["## 1.0.0, 2026-11-27", "## Unreleased (1.0.0)"])
      assert.equal(releaseNotes(text(heading), "1.0.0"), "- one\n- two\n");
    assert.throws(() => releaseNotes(text("## 1.0.0, 2026-11-27"), "0.9.0"), /begins with "1\.0\.0, 2026-11-27"/);
    assert.throws(() => releaseNotes("# Changelog\n", "1.0.0"), /needs a section of that version/);
  });

  it("has a script and a compose file that run the published images by digest", () => {
    const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
    const published = (image: string, digit: string) => ({
      ...{ image, repository: `ghcr.io/me/linnix-${image}`, tag: "content-0", digest: digest(digit) },
    });
    const files = quickstartFiles([published("cognitod", "a"), published("llama", "b")]);
    const compose = files.get("docker-compose.yaml") ?? "";
    const { services } = parse(compose) as { services: Record<string, { image: string }> };
    assert.equal(services["linnix-local-cognitod"]?.image, `ghcr.io/me/linnix-cognitod@${digest("a")}`);
    assert.equal(services["linnix-local-llama"]?.image, `ghcr.io/me/linnix-llama@${digest("b")}`);
    const script = files.get("quickstart.sh") ?? "";
    assert.ok(script.startsWith("#!/bin/sh\n") && script.includes(compose), script.slice(0, 200));
  });
});
