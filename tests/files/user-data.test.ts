import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { userData } from "../../components/hosts/ec2/user-data/user-data";
import { projectFolder } from "../../scripts/lib/home";
import { tryRun } from "../../scripts/lib/run";
import { filesOf, layOut, longest, names, plain } from "../fixtures/host-files";
import { haveTool } from "../fixtures/tools";

describe("user data before the programs that will read it", function () {
  this.timeout(120_000);

  it("leaves linnix-release the program that it is", async function () {
    if (!haveTool("python3", "apt-get install python3")) this.skip();
    const root = layOut(plain);
    try {
      const compare = "import ast,sys; a,b=(ast.dump(ast.parse(open(f).read())) for f in sys.argv[1:]); sys.exit(a!=b)";
      const files = [
        path.join(projectFolder, "host", "linnix-release"),
        path.join(root, "usr/local/sbin/linnix-release"),
      ];
      assert.equal((await tryRun("python3", ["-c", compare, ...files])).status, 0);
    } finally {
      fs.rmSync(root, { recursive: true });
    }
  });

  for (const system of names) {
    it(`${system}: cloud-init takes it`, async function () {
      if (!haveTool("cloud-init", "apt-get install --no-install-recommends cloud-init")) this.skip();
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-user-data-"));
      try {
        const file = path.join(folder, "user-data");
        fs.writeFileSync(file, userData({ ...longest, system }));
        const { status, stdout, stderr } = await tryRun("cloud-init", ["schema", "--config-file", file]);
        assert.equal(status, 0, `${stdout}${stderr}`);
        fs.appendFileSync(file, "packages: 7\n");
        assert.notEqual((await tryRun("cloud-init", ["schema", "--config-file", file])).status, 0);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });

    it(`${system}: every script is one that the shell takes`, async () => {
      for (const { path: file, content } of filesOf({ ...plain, system }).write_files) {
        if (content.startsWith("#!/bin/sh"))
          assert.equal((await tryRun("sh", ["-n"], { input: content })).status, 0, file);
      }
    });
  }

  it("systemd takes its units, and they find the programs that they start", async function () {
    if (!haveTool("systemd-analyze", "apt-get install systemd")) this.skip();
    const root = layOut(plain);
    try {
      const units = path.join(root, "etc/systemd/system");
      // What else the host has.
      for (const name of ["docker.service"]) fs.writeFileSync(path.join(units, name), "[Service]\nExecStart=/bin/sh\n");
      fs.mkdirSync(path.join(root, "bin"));
      fs.writeFileSync(path.join(root, "bin/sh"), "", { mode: 0o755 });
      fs.cpSync("/lib/systemd/system", path.join(root, "lib/systemd/system"), {
        recursive: true,
        verbatimSymlinks: true,
      });
      const ours = fs.readdirSync(units).filter((name) => name.startsWith("linnix-"));
      assert.equal(ours.length, 5);
      const verify = async () =>
        tryRun("systemd-analyze", [
          "verify",
          "--man=no",
          `--root=${root}`,
          ...ours.map((name) => path.join(units, name)),
        ]);
      const { status, stderr } = await verify();
      assert.deepEqual([status, stderr], [0, ""]);
      fs.rmSync(path.join(root, "usr/local/lib/linnix/each-boot"));
      assert.match((await verify()).stderr, /linnix-host\.service.*each-boot is not executable/);
    } finally {
      fs.rmSync(root, { recursive: true });
    }
  });
});
