import assert from "node:assert/strict";

import pins from "../../../../pins.json";
import { disagreements, pinCopies, readProjectFile } from "../../../../scripts/pins/copies";
import { pinUses } from "../../../../scripts/pins/uses";
import { repositoryFiles } from "../../../../scripts/lib/import-graph";

describe("the pins", () => {
  const files = repositoryFiles();

  it("are what Dockerfiles, package.json and the Go modules repeat", () => {
    const copies = pinCopies(files);
    assert.ok(copies.length >= 15, String(copies.length));
    assert.deepEqual(disagreements(copies), []);
  });

  it("name each image by its digest, and each download by its checksum", () => {
    const { images, pulumi, sampleModel } = pins;
    for (const [name, image] of Object.entries(images)) assert.match(image, /@sha256:[0-9a-f]{64}$/, name);
    const sums = [...Object.values(pulumi.cli.sha256), sampleModel.wheelSha256, sampleModel.memberSha256];
    for (const sum of sums) assert.match(sum, /^[0-9a-f]{64}$/);
  });

  /** The disagreements if a pattern in one file were replaced. */
  const changed = (name: string, pattern: RegExp | string, by: string) =>
    disagreements(
      pinCopies(files, (file) => {
        const text = readProjectFile(file);
        if (file !== name) return text;
        assert.notEqual(text.replace(pattern, by), text);
        return text.replace(pattern, by);
      }),
    );

  const cases: [string, string, RegExp, string, RegExp][] = [
    [
      "another digest",
      "docker/cognitod/Dockerfile",
      /(RUST_BUILDER_IMAGE=.*sha256:)./,
      "$1X",
      /RUST_BUILDER.*images\.rust is/,
    ],
    [
      "an image without its digest",
      "docker/llama-cpp/Dockerfile",
      /(RUNTIME_IMAGE=.*)@.*/,
      "$1",
      /RUNTIME_IMAGE.*images\.debian is/,
    ],
    [
      "a missing argument",
      "docker/cognitod/Dockerfile",
      /^ARG BPF_LINKER.*/m,
      "",
      /BPF_LINKER_VERSION is missing, and bpfLinker is/,
    ],
    [
      "an image that is not pinned",
      "tests/vm/Dockerfile",
      /RUNTIME_IMAGE=\S+/,
      "RUNTIME_IMAGE=docker.io/library/alpine:3",
      /alpine:3, and pins\.json has no image/,
    ],
    ["another package", "package.json", /("@pulumi\/aws": ")/, "$1^", /package\.json: @pulumi\/aws is \^/],
    [
      "another Go module",
      "scripts/toolchain/modules/cli/go.mod",
      /pkg\/v3 v3/,
      "pkg/v3 v4",
      /pkg\/v3 is 4\..*pulumi\.cli\.version is/,
    ],
    ["another CLI", ".pulumi-version", /^3/, "4", /the version is 4\..*pulumi\.cli\.version is/],
    [
      "another suite",
      "scripts/bases/rust.Dockerfile",
      /-t trixie-/,
      "-t forky-",
      /forky, and debianSuites\.stable is trixie/,
    ],
  ];
  for (const [what, file, pattern, by, expected] of cases) {
    it(`disagree with ${what} in ${file}`, () => {
      const lines = changed(file, pattern, by);
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(lines[0] ?? "", expected);
    });
  }

  it("are shown with each place that uses them", () => {
    const uses = new Map(pinUses(files).map((pin) => [pin.name, pin.uses]));
    assert.deepEqual(uses.get("linnixCommit"), ["components/settings/schema.ts", "scripts/render/golden.ts"]);
    const rust = uses.get("images.rust") ?? [];
    for (const place of ["components/images/build-spec.ts", "docker/cognitod/Dockerfile (ARG RUST_BUILDER_IMAGE)"])
      assert.ok(rust.includes(place), rust.join("\n"));
    // The value is looked up by the platform's name, so the file reads its parent.
    assert.deepEqual(uses.get("pulumi.cli.sha256.linux-amd64"), ["scripts/toolchain/archives.ts"]);
  });

  it("whose names start alike have separate uses", () => {
    const text = 'import pins from "./pins.json";\nexport const docker = pins.pulumi.plugins.docker;\n';
    const read = (file: string) => (file === "x.ts" ? text : readProjectFile(file));
    const users = pinUses(["x.ts"], read).filter(({ uses }) => uses.includes("x.ts"));
    assert.deepEqual(
      users.map(({ name }) => name),
      ["pulumi.plugins.docker.version", "pulumi.plugins.docker.sha256"],
    );
  });
});
