import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { pushedTags } from "../../../../components/images/image";

describe("the tags of a pushed image", () => {
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
  const tags = () => {
    const contexts = { linnix: path.join(root, "source"), common: path.join(root, "common") };
    const folder = path.join(root, "dockerfile");
    return pushedTags({ stack: "dev", build: { image: "cognitod", folder, contexts, arguments: {} } });
  };

  // A registry refuses a tag that it has with another image, so a tag that stays would fail the push.
  for (const file of ["dockerfile/Dockerfile", "source/main.rs", "common/tool"]) {
    it(`change with one byte of ${file}`, () => {
      const before = tags();
      assert.deepEqual(tags(), before);
      write(file, "b");
      const after = tags();
      assert.equal(new Set([...before, ...after]).size, 4);
    });
  }

  it("stay when an ignored file changes", () => {
    const before = tags();
    write("source/README.md", "a");
    assert.deepEqual(tags(), before);
  });
});
