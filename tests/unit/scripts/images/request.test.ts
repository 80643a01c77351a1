import assert from "node:assert/strict";

import { BadInput } from "../../../../scripts/lib/errors";
import { imagesRequest } from "../../../../scripts/images/request";
import { releaseTag } from "../../../../scripts/images/release-tags";

const none = { arch: undefined, builder: "default", attest: false, release: undefined };
const plain = { ...none, registry: "ghcr.io/me" };

function refusal(words: string[], options: Partial<Parameters<typeof imagesRequest>[1]>): string {
  try {
    imagesRequest(words, { ...plain, ...options });
  } catch (error) {
    assert.ok(error instanceof BadInput, String(error));
    return error.message;
  }
  return assert.fail("accepted");
}

describe("the arguments of npm run images", () => {
  it("are a command and images, all by default, for both platforms", () => {
    const all = { ...plain, images: ["cognitod", "llama"], architectures: ["amd64", "arm64"] };
    const { arch: _, ...expected } = all;
    assert.deepEqual(imagesRequest(["publish"], plain), { ...expected, kind: "publish" });
    const one = { ...plain, arch: "arm64", attest: true, builder: "mine" };
    const { kind, images, architectures, attest, builder } = imagesRequest(["build", "llama"], one);
    assert.deepEqual([kind, images, architectures, attest, builder], ["build", ["llama"], ["arm64"], true, "mine"]);
  });

  it("take the release of this checkout's version", () => {
    assert.equal(imagesRequest(["index"], { ...plain, release: releaseTag }).release, releaseTag.slice(1));
  });

  const refused: [
    what: string,
    words: string[],
    options: Partial<Parameters<typeof imagesRequest>[1]>,
    said: RegExp,
  ][] = [
    ["no command", [], {}, /command: is missing; pass one of build, index, publish, show, sign/],
    ["another command", ["push"], {}, /command = push: must be one of/],
    ["another image", ["build", "model"], {}, /IMAGE = model: must be one of cognitod, llama/],
    ["no registry", ["show"], { registry: undefined }, /--registry: is missing/],
    ["a registry with a scheme", ["show"], { registry: "https://ghcr.io/me" }, /--registry = https.*without scheme/],
    ["another platform", ["build"], { arch: "riscv64" }, /--arch = riscv64: must be one of amd64, arm64/],
    ["a platform of an index", ["index"], { arch: "amd64" }, /--arch = amd64: is for build only/],
    ["attestations by the engine", ["build"], { attest: true }, /--attest: cannot be done.*\n.*docker buildx create/],
    ["attestations of an index", ["index"], { attest: true, builder: "x" }, /--attest: is for build and publish only/],
    ["another release", ["index"], { release: "v99.0.0" }, /--release = v99\.0\.0: must be v\d.*\n.*package\.json/],
    ["a release of a build", ["build"], { release: releaseTag }, /--release.*is for index, publish and page only/],
    ["a page without a release", ["page"], {}, /--release: is missing; pass v\d/],
    ["a page of one image", ["page", "llama"], { release: releaseTag }, /IMAGE = llama: page is for all images/],
    ["a trial of one image", ["try", "llama"], {}, /IMAGE = llama: try is for all images/],
  ];
  for (const [what, words, options, said] of refused)
    it(`are refused with ${what}`, () => {
      assert.match(refusal(words, options), said);
    });
});
