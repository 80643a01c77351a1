import assert from "node:assert/strict";

import { buildSpecs } from "../../../../components/images/build-spec";
import { contentTag } from "../../../../components/images/tags";
import { machineArchitecture } from "../../../../components/settings/load";
import { parseReference } from "../../../../components/settings/registry/reference";
import { repositoryOf } from "../../../../scripts/images/publish";
import type { ImageRegistry } from "../../../../scripts/images/registry";
import { Failure } from "../../../../scripts/lib/errors";
import { choosePublished, stackBuilds, withPublished } from "../../../../scripts/start/published";
import { settingsOf } from "../../../fixtures/settings";

const address = "ghcr.io/me";
const settings = settingsOf({ source: "sample" }, { stack: "local" });
const specs = stackBuilds(settings, "auto");
const digest = `sha256:${"a".repeat(64)}`;

/** A registry that has these tags. */
const having = (references: readonly string[]): ImageRegistry => ({
  digestOf: (reference) => Promise.resolve(references.includes(reference) ? digest : undefined),
  versionOf: () => Promise.resolve(undefined),
  tag: () => assert.fail("a start changes no registry"),
});
const silent: ImageRegistry = { ...having([]), digestOf: () => Promise.reject(new Failure("no answer")) };
const tags = specs.map((spec) => `${repositoryOf(address, spec)}:${contentTag(spec)}`);

describe("the choice between published images and a build", () => {
  it("takes the published ones of the same content, by digest, for this machine", async () => {
    const { images = {}, because } = await choosePublished(having(tags), address, specs);
    assert.deepEqual(images, {
      cognitod: `${tags[0] ?? ""}@${digest}`,
      llama: `${tags[1] ?? ""}@${digest}`,
      architecture: machineArchitecture,
    });
    assert.equal(parseReference(images.cognitod)?.digest, "a".repeat(64));
    assert.match(because, /ghcr\.io\/me has them/);
  });

  it("builds where one of them is missing, or a line of the source differs", async () => {
    assert.equal((await choosePublished(having(tags.slice(0, 1)), address, specs)).images, undefined);
    const other = stackBuilds({ ...settings, baseImages: { runtime: "debian:x" } }, "auto");
    const { images, because } = await choosePublished(having(tags), address, other);
    assert.deepEqual([images, because], [undefined, "ghcr.io/me has none of the same content"]);
  });

  it("builds where the registry gives no answer, unless the last start took the same images", async () => {
    assert.deepEqual(await choosePublished(silent, address, specs), { images: undefined, because: "no answer" });
    const before = (await choosePublished(having(tags), address, specs)).images;
    const { images, because } = await choosePublished(silent, address, specs, before);
    assert.deepEqual(images, before);
    assert.match(because, /published before, and now no answer/);
    const changed = stackBuilds({ ...settings, baseImages: { runtime: "debian:x", llamaRuntime: "debian:x" } }, "auto");
    assert.equal((await choosePublished(silent, address, changed, before)).images, undefined);
  });

  it("asks for what would be built: with base images from the archive, and for the services that run", () => {
    const pinned = buildSpecs(settings);
    assert.deepEqual(specs, [pinned.cognitod, pinned.llama]);
    const [archive] = stackBuilds(settings, "archive");
    assert.match(archive?.arguments.RUNTIME_IMAGE ?? "", /^linnix-archive\/trixie-slim:[0-9a-f]{12}$/);
    const noModel = settingsOf({ source: "sample", llm: "none" }, { stack: "local" });
    assert.deepEqual(
      stackBuilds(noModel, "auto").map(({ image }) => image),
      ["cognitod"],
    );
  });

  it("leaves out the settings of a build, which contradict images", () => {
    const images = { cognitod: "x" };
    const raw = { source: "sample", bases: "archive", baseImages: {}, publishedImages: address, apiPort: 3001 };
    assert.deepEqual(withPublished(raw, images), { publishedImages: address, apiPort: 3001, images });
  });
});
