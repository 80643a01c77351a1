import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import { type Home, linnixHome } from "../../../../scripts/lib/home";
import { Step } from "../../../../scripts/lib/progress";
import { silentDisplay } from "../../../fixtures/silent-display";
import { chooseWay, ensureBackend, provenance, pulumiEnvironment } from "../../../../scripts/toolchain/toolchain";
import { type Builder, buildKey, buildPrograms } from "../../../../scripts/toolchain/build";
import { goPrograms, moduleFolder } from "../../../../scripts/toolchain/programs";

const quiet = () => new Step("test", "", silentDisplay());

describe("the tool chain", () => {
  let folder: string;
  let home: Home;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-tools-"));
    home = linnixHome({ LINNIX_HOME: folder });
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it("comes from PATH, else by download, else from Go modules; each can be forced", async () => {
    const reach = (there: boolean) => () => Promise.resolve(there);
    assert.equal(await chooseWay("auto", "3.259.0", reach(true)), "path");
    assert.equal(await chooseWay("auto", undefined, reach(true)), "download");
    assert.equal(await chooseWay("auto", undefined, reach(false)), "build");
    assert.equal(await chooseWay("build", "3.259.0", reach(true)), "build");
    assert.equal(await chooseWay("download", "3.259.0", reach(false)), "download");
    await assert.rejects(chooseWay("path", undefined), /LINNIX_TOOLS=path.*3\.245\.0/);
  });

  it("reports a plugin that was installed before as such, and only those that it got as downloaded or built", () => {
    const sources = (...args: Parameters<typeof provenance>) => provenance(...args).map(({ source }) => source);
    const plugins = ["docker", "docker-build"] as const;
    assert.deepEqual(sources("path", "3.259.0", plugins, ["docker"]), ["path", "download", "installed"]);
    assert.deepEqual(sources("download", "3.259.0", plugins, plugins), ["download", "download", "download"]);
    assert.deepEqual(sources("build", "3.259.0", plugins, ["docker-build"]), ["build", "installed", "build"]);
  });

  it("has its modules in the repository, with their sums", () => {
    for (const program of goPrograms) {
      for (const file of ["go.mod", "go.sum"])
        assert.ok(fs.existsSync(path.join(moduleFolder(program), file)), program.name);
    }
  });

  it("is built anew when anything of a module changes", () => {
    const [program] = goPrograms;
    const module = path.join(folder, "module");
    fs.mkdirSync(path.join(module, "sub"), { recursive: true });
    fs.writeFileSync(path.join(module, "go.mod"), "module a");
    const keys = [buildKey(program!, module)];
    fs.writeFileSync(path.join(module, "sub", "a.go"), "package a");
    keys.push(buildKey(program!, module));
    fs.writeFileSync(path.join(module, "sub", "a.go"), "package b");
    keys.push(buildKey(program!, module));
    keys.push(buildKey({ ...program!, version: "9.9.9" }, module));
    assert.equal(new Set(keys).size, keys.length);
  });

  const counting =
    (built: string[]): Builder =>
    async (program, output) => {
      built.push(program.name);
      await setTimeout(20);
      fs.writeFileSync(output, program.name);
    };

  it("is built once, and once only by two runs at the same time", async () => {
    const built: string[] = [];
    const both = await Promise.all([
      buildPrograms(home, quiet(), counting(built)),
      buildPrograms(home, quiet(), counting(built)),
    ]);
    assert.deepEqual(built.sort(), goPrograms.map(({ name }) => name).sort());
    assert.deepEqual(both[0].paths, both[1].paths);
    for (const [name, file] of Object.entries(both[0].paths)) assert.equal(fs.readFileSync(file, "utf8"), name);
  });

  it("takes nothing half-built: what a failed build left does not count", async () => {
    const failing: Builder = (_program, output) => {
      fs.writeFileSync(output, "half");
      return Promise.reject(new Error("no space left"));
    };
    await assert.rejects(buildPrograms(home, quiet(), failing), /no space left/);
    const built: string[] = [];
    await buildPrograms(home, quiet(), counting(built));
    assert.equal(built.length, goPrograms.length);
  });

  it("puts its own folder first on PATH, keeps state and plugins in its home, and what it is given", () => {
    const environment = pulumiEnvironment(
      home,
      { bin: "/tools/bin", how: [] },
      { PATH: "/engine/bin", DOCKER_HOST: "x" },
    );
    assert.equal(environment.PATH, "/engine/bin:/tools/bin");
    assert.equal(environment.PULUMI_BACKEND_URL, `file://${folder}/state?metadata=skip`);
    assert.equal(environment.PULUMI_HOME, path.join(folder, "pulumi"));
    assert.equal(environment.DOCKER_HOST, "x");
  });
});

describe("the local state", () => {
  it("has a passphrase that only its owner may read, and that is never replaced", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-state-"));
    try {
      const home = linnixHome({ LINNIX_HOME: path.join(folder, "home") });
      ensureBackend(home);
      const passphrase = fs.readFileSync(home.passphrase, "utf8");
      assert.ok(passphrase.length >= 43);
      assert.equal(fs.statSync(home.passphrase).mode & 0o777, 0o600);
      assert.equal(fs.statSync(home.root).mode & 0o777, 0o700);
      ensureBackend(home);
      assert.equal(fs.readFileSync(home.passphrase, "utf8"), passphrase);
      assert.ok(fs.statSync(home.state).isDirectory());
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe("the home", () => {
  it("is LINNIX_HOME, else below XDG_DATA_HOME, else below HOME", () => {
    assert.equal(linnixHome({ LINNIX_HOME: "/a", XDG_DATA_HOME: "/b", HOME: "/c" }).root, "/a");
    assert.equal(linnixHome({ XDG_DATA_HOME: "/b", HOME: "/c" }).root, "/b/linnix-pulumi");
    assert.equal(linnixHome({ HOME: "/c" }).root, "/c/.local/share/linnix-pulumi");
  });
});
