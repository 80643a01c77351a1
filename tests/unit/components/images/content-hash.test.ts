import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import fc from "fast-check";

import { type ContextFile, contentHash, contextFiles, ignoredNames } from "../../../../components/images/content-hash";

describe("the hash of an image's content", () => {
  const file: ContextFile = { path: "a/b", kind: "file", content: "text" };
  const of = (files: ContextFile[], inputs: unknown = { x: 1 }) => contentHash(inputs, { main: files });

  it("changes with a file's text, path, kind and context, and with the build's arguments", () => {
    const hashes = [
      of([file]),
      of([]),
      of([{ ...file, content: "text " }]),
      of([{ ...file, path: "a/c" }]),
      of([{ ...file, kind: "program" }]),
      of([{ ...file, kind: "link" }]),
      contentHash({ x: 1 }, { other: [file] }),
      of([file], { x: 2 }),
    ];
    assert.equal(new Set(hashes).size, hashes.length);
    for (const hash of hashes) assert.match(hash, /^[0-9a-f]{64}$/);
  });

  it("depends on no order", () => {
    const files = fc.uniqueArray(
      fc.record({ path: fc.string(), kind: fc.constantFrom("file", "program", "link"), content: fc.string() }),
      {
        selector: ({ path }) => path,
      },
    );
    fc.assert(fc.property(files, (all) => of(all) === of([...all].reverse())));
  });

  describe("of a folder", () => {
    let folder: string;
    beforeEach(() => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-context-"));
      fs.mkdirSync(path.join(folder, "crate", "target"), { recursive: true });
      fs.writeFileSync(path.join(folder, "crate", "main.rs"), "fn main() {}");
      fs.writeFileSync(path.join(folder, "crate", "target", "built"), "x");
      fs.writeFileSync(path.join(folder, "object.o"), "x");
      fs.symlinkSync("crate/main.rs", path.join(folder, "link"));
    });
    afterEach(() => {
      fs.rmSync(folder, { recursive: true });
    });

    it("takes files and links at any depth, except those that are ignored", () => {
      const ignored = ignoredNames("# a comment\n**/target\n\n**/*.o\n", "x");
      const files = contextFiles(folder, ignored).map(({ path, content }) => [path, String(content)]);
      assert.deepEqual(files.sort(), [
        ["crate/main.rs", "fn main() {}"],
        ["link", "crate/main.rs"],
      ]);
    });

    it("is the same for the same content, whatever the times and the umask, except for what may be run", () => {
      const hash = () => of(contextFiles(folder, () => false));
      const before = hash();
      fs.utimesSync(path.join(folder, "object.o"), 0, 0);
      for (const [file, mode] of Object.entries({ "object.o": 0o600, "crate/main.rs": 0o664, crate: 0o700 }))
        fs.chmodSync(path.join(folder, file), mode);
      assert.equal(hash(), before);
      fs.chmodSync(path.join(folder, "object.o"), 0o744);
      assert.notEqual(hash(), before);
    });
  });

  it("understands the patterns of this project's own files, and refuses others by name", () => {
    for (const folder of ["docker/cognitod", "docker/llama-cpp"]) {
      const ignored = ignoredNames(fs.readFileSync(`${folder}/.dockerignore`, "utf8"), folder);
      assert.deepEqual(["target", ".git", "x.o", "Dockerfile", "o", "targets"].map(ignored), [
        ...[true, true, true],
        ...[false, false, false],
      ]);
    }
    for (const pattern of ["target", "!**/target", "**/a/b", "/x", "**/**"]) {
      assert.throws(() => ignoredNames(pattern, "some/.dockerignore"), /some\/\.dockerignore: .*must be of the form/);
    }
  });
});
