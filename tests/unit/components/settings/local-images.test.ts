import assert from "node:assert/strict";

import { formatFault } from "../../../../components/settings/fault";
import { type RawSettings, validate } from "../../../../components/settings/validate";
import { programGraph } from "../../../../scripts/render/graph";
import { isSecretSetting, settingsOf } from "../../../fixtures/settings";

const digest = `sha256:${"a".repeat(64)}`;
const images = { cognitod: `ghcr.io/me/cognitod@${digest}`, llama: `ghcr.io/me/llama@${digest}` };

const faultsOf = (raw: RawSettings) =>
  validate(
    { images, ...raw },
    { stack: "local", exists: () => "file", architecture: "amd64", isSecret: isSecretSetting },
  ).faults.map((fault) => formatFault(fault));

describe("prebuilt images on a local stack", () => {
  const refused: [what: string, raw: RawSettings, expected: RegExp][] = [
    [
      "another architecture",
      { images: { ...images, architecture: "arm64" } },
      /images for arm64.*this machine is amd64/,
    ],
    ["a tag", { images: { ...images, llama: "ghcr.io/me/llama:1" } }, /invalid: llama/],
    ["no cognitod", { images: { llama: images.llama } }, /invalid: cognitod/],
    ["a source", { source: "sample" }, /linnix:source = sample: applies only to a build/],
    ["base images", { baseImages: { runtime: "debian:x" } }, /linnix:baseImages.*only to a build/],
    ["bases", { bases: "archive" }, /linnix:bases = archive: applies only to a build/],
  ];
  for (const [what, raw, expected] of refused) {
    it(`are refused with ${what}`, () => {
      const faults = faultsOf(raw);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0]!, expected);
    });
  }

  it("are pulled, and nothing is built", async () => {
    assert.deepEqual(faultsOf({}), []);
    assert.deepEqual(settingsOf({ images }, { stack: "local" }).prebuilt, images);
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    const config = { "linnix:images": JSON.stringify({ ...images, architecture }) };
    const { resources } = await programGraph("local", config);
    const named = (type: string) => resources.filter((it) => it.type === type);
    assert.deepEqual(named("docker-build:index:Image"), []);
    assert.deepEqual(
      named("docker:index/remoteImage:RemoteImage").map(({ name, inputs }) => [name, inputs.name]),
      [
        ["host-cognitod-image", images.cognitod],
        ["host-llama-image", images.llama],
      ],
    );
  }).timeout(60_000);
});
