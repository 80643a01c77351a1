import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { linnixHome, projectFolder } from "../../../../scripts/lib/home";
import { bytesOf, partsOf, partsText, prunable } from "../../../../scripts/prune/files";
import { buildKey } from "../../../../scripts/toolchain/build";
import { goPrograms } from "../../../../scripts/toolchain/programs";

describe("what a prune removes", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "linnix-prune-")));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });
  const write = (name: string, text = "") => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  };

  it("is caches and programs of other versions, and neither data nor what is in use", () => {
    const [program] = goPrograms;
    assert.ok(program);
    const used = [
      `tools/${program.name}/${buildKey(program)}/${program.name}`,
      ...["tools/bin/pulumi", "tools/checksums/x.sha256", "pulumi/plugins/x", "state/.pulumi/x", "models/m.gguf"],
      ...["logs/x.log", "passphrase", "session-local.json", "engine/data/x", "cache/tests/t-1/Pulumi.t.yaml"],
    ];
    for (const name of used) write(name);
    const other = [`tools/${program.name}/3.0.0-linux-x64-000000000000`, "tools/pulumi-v3.0.0-linux-x64"];
    for (const name of [...other, "cache/debootstrap", "cache/downloads"]) write(`${name}/file`);
    const home = linnixHome({ LINNIX_HOME: folder });
    assert.deepEqual(
      prunable(home)
        .map((place) => path.relative(folder, place))
        .sort(),
      [...other, "cache/debootstrap", "cache/downloads"].sort(),
    );
  });

  it("is reported beforehand: the size of each part of the home, and what a prune frees of it", () => {
    write("engine/data/x", "x".repeat(3_000_000));
    write("cache/downloads/x", "x".repeat(2_000_000));
    write("cache/tests/t-1/x", "x".repeat(1_500_000));
    write("passphrase", "secret");
    const home = linnixHome({ LINNIX_HOME: folder });
    const parts = partsOf(home);
    assert.deepEqual(
      parts.map(({ name }) => name),
      ["cache/", "engine/", "files"],
    );
    const about = (bytes: number | undefined, expected: number) => {
      assert.ok(bytes !== undefined && Math.abs(bytes - expected) < 100_000, `${bytes ?? ""}: about ${expected}`);
    };
    about(parts[0]?.bytes, 3_500_000);
    about(parts[0]?.freed, 2_000_000);
    about(parts[1]?.bytes, 3_000_000);
    assert.equal(parts[1]?.freed, 0);
    const text = partsText(parts, folder);
    assert.match(text, /^ +4 MB {2}cache\/, of which a prune frees 2 MB\n +3 MB {2}engine\/\n +< 1 MB {2}files\n/);
    assert.match(text, /\n +7 MB {2}in all, in \/.*\n$/);
    assert.ok(fs.existsSync(path.join(folder, "cache/downloads/x")));
  });

  it("is measured without following links out of the folder", () => {
    write("a/file", "x".repeat(100_000));
    const without = bytesOf(folder);
    assert.ok(without >= 100_000 && without < 1_000_000, String(without));
    fs.symlinkSync("/usr", path.join(folder, "a", "link"));
    assert.ok(bytesOf(folder) - without < 10_000);
    assert.equal(bytesOf(path.join(folder, "nowhere")), 0);
  });

  it("leaves the engine's build cache below the limit that README.md states", () => {
    const read = (name: string) => fs.readFileSync(path.join(projectFolder, name), "utf8");
    const [, limit = ""] = /"defaultKeepStorage": "(\d+)GB"/.exec(read("scripts/engine/start.sh")) ?? [];
    assert.notEqual(limit, "");
    assert.match(read("README.md"), new RegExp(`build cache .*at most ${limit} GB`));
  });
});
