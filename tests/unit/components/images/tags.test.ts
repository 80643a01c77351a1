import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type BuildSpec, cognitodBuild, llamaBuild } from "../../../../components/images/build-spec";
import { contentTag, platformTag, stackTags } from "../../../../components/images/tags";
import { upstreamRepository } from "../../../../components/settings/resolve";

describe("the tags of an image's content", () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-tags-"));
    for (const folder of ["dockerfile", "source", "common"]) fs.mkdirSync(path.join(root, folder));
    fs.writeFileSync(path.join(root, "dockerfile", ".dockerignore"), "**/*.md\n");
    for (const file of ["dockerfile/Dockerfile", "source/main.rs", "common/tool"]) write(file, "a");
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true });
  });

  const write = (file: string, text: string) => {
    fs.writeFileSync(path.join(root, file), text);
  };
  /** The build in a folder, as another checkout of the same content has it in another place. */
  const build = (folder = root): BuildSpec => {
    const [linnix, common] = [path.join(folder, "source"), path.join(folder, "common")];
    return { image: "cognitod", folder: path.join(folder, "dockerfile"), contexts: { linnix, common }, arguments: {} };
  };
  const tags = (spec = build()) => [contentTag(spec), ...stackTags(spec, "native")];

  // A registry refuses a tag that it has with another image, so a tag that stays would fail the push.
  for (const file of ["dockerfile/Dockerfile", "source/main.rs", "common/tool"]) {
    it(`change with one byte of ${file}`, () => {
      const before = tags();
      assert.deepEqual(tags(), before);
      write(file, "b");
      assert.equal(new Set([...before, ...tags()]).size, 6);
    });
  }

  it("change with an argument, with the image, and with a remote source's commit", () => {
    const remote = (commit: string) => {
      const { contexts, ...rest } = build();
      return { ...rest, contexts: { ...contexts, linnix: `https://example.org/x.git#${commit}` } };
    };
    const specs = [
      build(),
      { ...build(), arguments: { VERSION: "2" } },
      { ...build(), image: "llama" as const },
      remote("a"),
      remote("b"),
    ];
    assert.equal(new Set(specs.map((spec) => contentTag(spec))).size, specs.length);
  });

  it("stay when an ignored file changes", () => {
    const before = tags();
    write("source/README.md", "a");
    assert.deepEqual(tags(), before);
  });

  it("are the same in another place, under another umask and at another time", () => {
    const copy = `${root}-copy`;
    try {
      fs.cpSync(root, copy, { recursive: true });
      for (const folder of ["", "dockerfile", "source", "common"]) fs.chmodSync(path.join(copy, folder), 0o700);
      for (const file of ["dockerfile/Dockerfile", "source/main.rs"]) fs.chmodSync(path.join(copy, file), 0o600);
      fs.utimesSync(path.join(copy, "source/main.rs"), 0, 0);
      assert.deepEqual(tags(build(copy)), tags());
    } finally {
      fs.rmSync(copy, { recursive: true });
    }
  });

  it("name the platform where they are of one platform's image", () => {
    assert.equal(platformTag(build(), "arm64"), `${contentTag(build())}-arm64`);
    assert.notDeepEqual(stackTags(build(), "amd64"), stackTags(build(), "arm64"));
    assert.match(contentTag(build()), /^content-[0-9a-f]{32}$/);
    const [forPeople = "", whole = ""] = stackTags(build(), "amd64");
    assert.match(forPeople, /^content-\d+\.\d+\.\d+-[0-9a-f]{12}-amd64$/);
    assert.equal(whole, platformTag(build(), "amd64"));
  });

  it("of this project's images do not depend on the folder that the process was started in", () => {
    const source = {
      kind: "upstream",
      location: `${upstreamRepository}.git#${"a".repeat(40)}`,
      revision: "a",
    } as const;
    const specs = [cognitodBuild(source, {}), llamaBuild({})];
    const here = specs.map(contentTag);
    const before = process.cwd();
    process.chdir(root);
    try {
      assert.deepEqual(specs.map(contentTag), here);
    } finally {
      process.chdir(before);
    }
  });
});
