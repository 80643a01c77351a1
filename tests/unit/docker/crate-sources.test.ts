import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../../scripts/lib/home";
import { tryRun } from "../../../scripts/lib/run";

const program = path.join(projectFolder, "docker", "common", "crate-sources");

describe("crate-sources", () => {
  let folder: string;

  const write = (file: string, content = "") => {
    const whole = path.join(folder, "workspace", file);
    fs.mkdirSync(path.dirname(whole), { recursive: true });
    fs.writeFileSync(whole, content);
  };

  const copy = (...crates: string[]) =>
    tryRun("sh", [program, path.join(folder, "workspace"), path.join(folder, "copy"), ...crates]);

  const copied = (): string[] =>
    fs
      .readdirSync(path.join(folder, "copy"), { recursive: true, withFileTypes: true })
      .filter((it) => it.isFile())
      .map((it) => path.relative(path.join(folder, "copy"), path.join(it.parentPath, it.name)))
      .sort();

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-crates-"));
    write("Cargo.toml", '[workspace]\nmembers = ["daemon", "ebpf/program", "ebpf/common", "client"]\n');
    write("Cargo.lock");
    write("docs/page.md");
    write(
      "daemon/Cargo.toml",
      '[dependencies]\ncommon = { path = "../ebpf/common", features = ["user"] }\nlog = "1"\n',
    );
    write("daemon/src/main.rs", 'include_str!("../../docs/page.md");\n');
    write("ebpf/common/Cargo.toml", '[lib]\npath = "src/lib.rs"\n[dependencies.base]\npath = "../base"\n');
    write("ebpf/common/src/lib.rs");
    write("ebpf/base/Cargo.toml");
    write("ebpf/base/src/lib.rs");
    write("ebpf/program/Cargo.toml", '[dependencies]\ncommon = {path="../common"}\n');
    write("ebpf/program/src/main.rs");
    write("client/Cargo.toml", '[dependencies]\ncommon = { path = "../ebpf/common" }\n');
    write("client/src/main.rs");
    for (const ignored of ["target/x.rs", "daemon/target/y.rs", "vendor/log/Cargo.toml", ".git/config"]) write(ignored);
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const shared = ["Cargo.lock", "Cargo.toml", "docs/page.md"];
  const libraries = [
    "ebpf/base/Cargo.toml",
    "ebpf/base/src/lib.rs",
    "ebpf/common/Cargo.toml",
    "ebpf/common/src/lib.rs",
  ];
  const daemon = ["daemon/Cargo.toml", "daemon/src/main.rs"];
  const object = ["ebpf/program/Cargo.toml", "ebpf/program/src/main.rs"];

  it("copies a crate, its dependencies by path and what is in no crate, and neither other crates nor what was built", async () => {
    assert.deepEqual(await copy("daemon"), { status: 0, stdout: "", stderr: "" });
    assert.deepEqual(copied(), [...shared, ...daemon, ...libraries].sort());
  });

  it("copies several crates", async () => {
    assert.equal((await copy("ebpf/program", "daemon")).status, 0);
    assert.deepEqual(copied(), [...shared, ...daemon, ...libraries, ...object].sort());
  });

  it("refuses a folder that is no crate", async () => {
    const { status, stderr } = await copy("daemon", "nowhere");
    assert.deepEqual([status, fs.existsSync(path.join(folder, "copy"))], [2, false]);
    assert.match(stderr, /workspace\/nowhere is no crate/);
  });
});
