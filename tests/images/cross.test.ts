import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type BuildSpec, cognitodBuild, llamaBuild } from "../../components/images/build-spec";
import type { Architecture } from "../../components/settings/ec2/types";
import { build, docker, removeLater, removeMade, tarOf, testBases, tryDocker } from "./docker";

/** The other architecture, and the machine number in its ELF headers. */
const native = process.arch === "arm64" ? "arm64" : "amd64";
const foreign: Architecture = native === "arm64" ? "amd64" : "arm64";
const machine = { arm64: { elf: 183, qemu: "qemu-aarch64" }, amd64: { elf: 62, qemu: "qemu-x86_64" } }[foreign];
/** The machine number of an eBPF object, on every architecture. */
const elfOfBpf = 247;

const emulator = "linnix-test/qemu";
const bases = testBases();

/** Builds one of the Dockerfiles in the folder `foreign`. */
async function buildHelper(name: string, tag: string, base: string | undefined, more: string[] = []): Promise<void> {
  const args = ["--builder", "default", "--load", "--tag", tag, "--file", `tests/images/foreign/${name}.Dockerfile`];
  const argument = base === undefined ? [] : ["--build-arg", `BASE=${base}`];
  await docker("buildx", "build", ...args, ...argument, ...more, "tests/images/foreign");
  removeLater("image", "rm", tag);
}

/** The ELF machine number of each program and library in a folder, by path. */
function machines(folder: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const head = fs.readFileSync(file).subarray(0, 20);
    if (head.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"))) {
      found.set(`/${path.relative(folder, file)}`, head.readUInt16LE(18));
    }
  }
  return found;
}

describe(`images for ${foreign}, built on ${native} without emulation`, () => {
  const folders: string[] = [];

  /** Builds for the other architecture and unpacks the result into a folder that the engine can mount. */
  async function unpacked(spec: BuildSpec): Promise<{ tag: string; folder: string }> {
    const tag = `linnix-test/${spec.image}-${foreign}`;
    removeLater("image", "rm", tag);
    await build(spec, tag, foreign);
    const folder = fs.mkdtempSync(path.join(os.homedir(), ".linnix-test-foreign-"));
    folders.push(folder);
    fs.chmodSync(folder, 0o755);
    await tarOf(tag, ["--extract", "--directory", folder], foreign);
    return { tag, folder };
  }

  /** Runs one of the unpacked programs. */
  function emulated(folder: string, program: string, ...args: string[]) {
    const run = ["run", "--rm", "--mount", `type=bind,source=${folder},target=/foreign,readonly`, emulator];
    const libraries = ["-L", "/foreign", "-E", "LD_LIBRARY_PATH=/app"];
    return tryDocker(...run, machine.qemu, ...libraries, `/foreign${program}`, ...args);
  }

  before(() => buildHelper("qemu", emulator, bases.runtime));
  after(async () => {
    for (const folder of folders) fs.rmSync(folder, { recursive: true });
    await removeMade();
  });

  describe("cognitod", () => {
    let tag: string;
    let folder: string;
    before(async () => {
      const source = { kind: "sample", location: "sample/daemon", revision: "test" } as const;
      ({ tag, folder } = await unpacked(cognitodBuild(source, bases)));
    });

    it("says what it is for, and holds nothing for another machine", async () => {
      assert.equal(await docker("image", "inspect", "--format", "{{.Architecture}}", tag), foreign);
      const found = machines(folder);
      for (const program of ["cognitod", "linnix-preflight", "http-probe", "change-owner"]) {
        assert.equal(found.get(`/usr/local/bin/${program}`), machine.elf, program);
      }
      assert.equal(found.get("/usr/local/share/linnix/linnix-ai-ebpf-ebpf"), elfOfBpf);
      assert.deepEqual(
        [...found].filter(([, elf]) => elf !== machine.elf && elf !== elfOfBpf),
        [],
      );
    });

    it("brings every library that it is linked to, and takes its own configuration", async () => {
      const version = await emulated(folder, "/usr/local/bin/cognitod", "--version");
      assert.match(version.stdout, /^cognitod sample \d/, version.stderr);
      const config = ["--config", "/foreign/etc/linnix/linnix.toml", "--check-config"];
      const check = await emulated(folder, "/usr/local/bin/cognitod", ...config);
      assert.equal(check.status, 0, check.stderr);
    });

    it("has a preflight and a probe that run", async () => {
      assert.match((await emulated(folder, "/usr/local/bin/linnix-preflight", "--list")).stdout, /^btf\ntracefs\n/);
      assert.match((await emulated(folder, "/usr/local/bin/http-probe")).stderr, /^usage: http-probe/);
    });
  });

  describe("llama [full]", () => {
    let tag: string;
    let folder: string;
    before(async () => {
      // The official image exists for each architecture; with the Debian archive, this test builds the other one.
      const llamaServer = `linnix-test/llama-server-${foreign}`;
      const common = ["--platform", `linux/${foreign}`, "--build-context", "common=docker/common"];
      if (bases.llamaServer !== undefined) {
        await buildHelper("llama-server", llamaServer, bases.llamaRuntime, common);
      }
      const given = bases.llamaServer === undefined ? {} : { ...bases, llamaServer };
      ({ tag, folder } = await unpacked(llamaBuild(given)));
    });

    it("says what it is for, and holds nothing for another machine", async () => {
      assert.equal(await docker("image", "inspect", "--format", "{{.Architecture}}", tag), foreign);
      const found = machines(folder);
      assert.equal(found.get("/app/llama-server"), machine.elf);
      assert.ok(found.size > 20);
      assert.deepEqual(
        [...found].filter(([, elf]) => elf !== machine.elf),
        [],
      );
    });

    it("brings every library that the server, its backends and the fetcher's tools are linked to", async () => {
      const server = await emulated(folder, "/app/llama-server", "--version");
      assert.match(`${server.stdout}${server.stderr}`, /version: /);
      assert.match((await emulated(folder, "/usr/bin/curl", "--version")).stdout, /^curl \d/);
      assert.match((await emulated(folder, "/usr/bin/sha256sum", "--version")).stdout, /^sha256sum/);
    });
  });
});
