import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../../scripts/lib/home";
import { type RunResult, run, tryRun } from "../../../scripts/lib/run";

const scripts = path.join(projectFolder, "docker", "common");

/** The programs and libraries of the packages in these tests are this machine's. */
const isSupported = process.platform === "linux" && fs.existsSync("/usr/bin/perl");

/** Finds a library where the loader does. */
function library(name: string): string {
  const folders = fs.readdirSync("/usr/lib").filter((it) => it.endsWith("-linux-gnu"));
  const found = [...folders.map((it) => `/usr/lib/${it}`), "/lib64", "/lib"]
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(file));
  assert.ok(found !== undefined, `this machine has no ${name}`);
  return fs.realpathSync(found);
}

(isSupported ? describe : describe.skip)("root-of-packages", () => {
  const libraries = "usr/lib/x86_64-linux-gnu";
  let folder: string;

  const write = (file: string, content = "") => {
    const whole = path.join(folder, "packages", file);
    fs.mkdirSync(path.dirname(whole), { recursive: true });
    fs.writeFileSync(whole, content);
  };

  const make = (...names: string[]): Promise<RunResult> =>
    tryRun(path.join(scripts, "root-of-packages"), [
      path.join(folder, "root"),
      path.join(folder, "packages"),
      ...names,
    ]);

  /** The files of the root, without the folders. */
  const made = (): string[] =>
    fs
      .readdirSync(path.join(folder, "root", "usr"), { recursive: true, withFileTypes: true })
      .filter((it) => !it.isDirectory())
      .map((it) => path.relative(path.join(folder, "root"), path.join(it.parentPath, it.name)))
      .sort();

  // A package `tools` with two programs, and a package `libraries` with what they are linked to, and more.
  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-root-"));
    for (const name of ["one", "two"]) {
      write(`tools/usr/bin/${name}`);
      fs.copyFileSync("/bin/ls", path.join(folder, "packages/tools/usr/bin", name));
    }
    const pending = (await run(path.join(scripts, "needed"), ["/bin/ls"])).stdout.trim().split("\n");
    for (const name of pending) {
      write(`libraries/${libraries}/real-${name}`);
      fs.copyFileSync(library(name), path.join(folder, "packages/libraries", libraries, `real-${name}`));
      fs.symlinkSync(`real-${name}`, path.join(folder, "packages/libraries", libraries, name));
      const more = (await run(path.join(scripts, "needed"), [library(name)])).stdout.split("\n");
      pending.push(...more.filter((it) => it !== "" && !pending.includes(it)));
    }
    for (const name of ["libunused.so.1", "gconv/CHARSET.so"]) write(`libraries/${libraries}/${name}`);
    write("tools/etc/tools.conf");
    write("libraries/usr/share/doc/libraries/copyright", "a licence");
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it("installs the libraries that a program is linked to, with the links to them, and no others of their package", async () => {
    assert.deepEqual(await make("tools"), { status: 0, stdout: "", stderr: "" });
    const names = made();
    for (const wanted of ["usr/bin/one", "usr/bin/two", `${libraries}/libc.so.6`, `${libraries}/real-libc.so.6`])
      assert.ok(names.includes(wanted), `${wanted} is not among ${names.join(" ")}`);
    assert.deepEqual(
      names.filter((name) => /unused|gconv/.test(name)),
      [],
    );
    assert.ok(names.includes("usr/share/doc/libraries/copyright"));
  });

  it("installs all of a package that is named, linked to or not", async () => {
    assert.equal((await make("tools", "libraries")).status, 0);
    assert.ok(made().includes(`${libraries}/libunused.so.1`));
  });

  it("installs only the listed programs of a package", async () => {
    assert.equal((await make("tools:two")).status, 0);
    assert.deepEqual(
      made().filter((name) => name.startsWith("usr/bin/")),
      ["usr/bin/two"],
    );
  });

  it("fails for a program, a package or a library that is missing, and names it", async () => {
    const fails = async (names: string[], message: RegExp) => {
      const { status, stderr } = await make(...names);
      assert.ok(status !== 0 && message.test(stderr), `${status} ${stderr}`);
    };
    await fails(["tools:one,three"], /the package tools has no program three/);
    await fails(["others"], /others is not in .*packages: add it to the arguments of unpack-packages/);
    fs.rmSync(path.join(folder, "packages/libraries", libraries, "libc.so.6"));
    await fails(["tools"], /is linked to libc\.so\.6, which is in no package/);
  });
});
