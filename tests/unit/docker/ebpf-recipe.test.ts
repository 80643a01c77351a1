import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../../../scripts/lib/home";

const read = (...names: string[]): string => fs.readFileSync(path.join(projectFolder, ...names), "utf8");
const dockerfile = read("docker", "cognitod", "Dockerfile");
const base = read("scripts", "bases", "rust-ebpf.Dockerfile");

/** One stage of the Dockerfile, by name. */
function stage(name: string): string {
  const found = dockerfile.split(/^(?=FROM )/m).find((text) => new RegExp(`^FROM .* AS ${name}$`, "m").test(text));
  assert.ok(found, `no stage ${name}`);
  return found;
}

/** The packages that the first `apt-get install` of a text lists. */
function installed(text: string): string[] {
  const [, list] = /apt-get install -y ((?:.*\\\n)*?.*?)\s*\\?\n *&&/.exec(text) ?? [];
  assert.ok(list, "no apt-get install");
  return list.split(/[\s\\]+/).filter((word) => word !== "" && !word.startsWith("--"));
}

const sorted = (words: readonly string[]): string[] => [...new Set(words)].sort();

/** The object stage on plain Debian and the base image from the archive must give the same tools. */
describe("the recipe of the eBPF object's builder", () => {
  it("installs the same packages in the Dockerfile's stages as in the archive's base image", () => {
    assert.deepEqual(
      sorted([...installed(stage("object")), ...installed(stage("preflight"))]),
      sorted(installed(base)),
    );
  });

  it("finds bpf-linker's LLVM in the same way", () => {
    for (const line of [
      "ln -s /usr/lib/*-linux-gnu/libLLVM-19.so /usr/lib/llvm-19/lib/",
      "LD_LIBRARY_PATH=/usr/lib/llvm-19/lib",
    ])
      for (const text of [stage("object"), base]) assert.ok(text.includes(line), line);
  });

  it("starts from Debian by digest, like the other stages", () => {
    const [, builder] = /^ARG EBPF_BUILDER_IMAGE=(.*)$/m.exec(dockerfile) ?? [];
    const [, runtime] = /^ARG RUNTIME_IMAGE=(.*)$/m.exec(dockerfile) ?? [];
    assert.equal(builder, runtime);
    assert.match(builder ?? "", /debian:trixie-slim@sha256:[0-9a-f]{64}$/);
  });
});
