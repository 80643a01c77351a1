import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { buildxArguments, cognitodBuild } from "../../components/images/build-spec";
import { docker, removeLater, removeMade, testBases } from "./docker";

const tag = "linnix-test/manifests";

/** The files of a checkout after `cargo vendor` that the stage reads. */
const checkout: Readonly<Record<string, string>> = {
  "Cargo.toml": '[workspace]\nmembers = ["cognitod"]\n',
  ".cargo/config.toml": '[source.vendored-sources]\ndirectory = "vendor"\n',
  "cognitod/Cargo.toml": '[package]\nname = "cognitod"\n',
  "cognitod/src/main.rs": 'fn main() { println!("changes often"); }\n',
  "vendor/aya/Cargo.toml": '[package]\nname = "aya"\n',
  "vendor/aya/.cargo-checksum.json": "{}\n",
  "vendor/aya/src/lib.rs": "pub fn attach() {}\n",
};

describe("a checkout with vendored dependencies, built without upstream's network", () => {
  let source: string;

  before("the stage that knows manifests only", async () => {
    source = fs.mkdtempSync(path.join(os.homedir(), ".linnix-test-vendored-"));
    for (const [file, text] of Object.entries(checkout)) {
      fs.mkdirSync(path.dirname(path.join(source, file)), { recursive: true });
      fs.writeFileSync(path.join(source, file), text);
    }
    removeLater("image", "rm", tag);
    const spec = cognitodBuild({ kind: "local", location: source, revision: "test" }, testBases());
    await docker(...buildxArguments(spec, tag), "--target", "manifests");
  });
  after(async () => {
    await removeMade();
    fs.rmSync(source, { recursive: true });
  });

  const read = (file: string) => docker("run", "--rm", "--network", "none", tag, "cat", `/manifests/${file}`);

  it("has them whole among what is compiled first: cargo refuses a changed one", async () => {
    for (const [file, text] of Object.entries(checkout).filter(([file]) => file.startsWith("vendor/"))) {
      assert.equal(await read(file), text.trim(), file);
    }
  });

  it("has stubs instead of the source, so that a change of it leaves that layer as it is", async () => {
    assert.equal(await read("cognitod/src/main.rs"), "fn main() {}");
  });
});
