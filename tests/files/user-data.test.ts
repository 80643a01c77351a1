import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { bundleFiles } from "../../components/hosts/ec2/bundle/files";
import { userData } from "../../components/hosts/ec2/user-data/user-data";
import { projectFolder } from "../../scripts/lib/home";
import { tryRun } from "../../scripts/lib/run";
import { layOut, longest, names, plain, userDataFiles } from "../fixtures/host-files";
import { haveTool } from "../fixtures/tools";

describe("user data and host bundle, checked by the programs that read them on the host", function () {
  this.timeout(120_000);

  it("user data is valid for cloud-init", async function () {
    if (!haveTool("cloud-init", "apt-get install --no-install-recommends cloud-init")) this.skip();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-user-data-"));
    try {
      const file = path.join(folder, "user-data");
      fs.writeFileSync(file, userData(longest));
      const { status, stdout, stderr } = await tryRun("cloud-init", ["schema", "--config-file", file]);
      assert.equal(status, 0, `${stdout}${stderr}`);
      fs.appendFileSync(file, "packages: 7\n");
      assert.notEqual((await tryRun("cloud-init", ["schema", "--config-file", file])).status, 0);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  for (const system of names)
    it(`${system}: the shell parses every script`, async () => {
      const scripts = [...bundleFiles({ ...plain, system }), ...userDataFiles(plain)].filter(({ content }) =>
        content.startsWith("#!/bin/sh"),
      );
      // Without the other package manager's, and with the bootstrap.
      const shell = fs.readdirSync(path.join(projectFolder, "host")).filter((name) => name.endsWith(".sh"));
      assert.equal(scripts.length, shell.length);
      for (const { content } of scripts) {
        const { status, stderr } = await tryRun("sh", ["-n"], { input: content });
        assert.equal(status, 0, stderr);
      }
    });

  it("systemd accepts the units, and finds the programs that they start", async function () {
    if (!haveTool("systemd-analyze", "apt-get install systemd")) this.skip();
    const root = layOut(plain);
    try {
      const units = path.join(root, "etc/systemd/system");
      // Units and programs that the host's packages install.
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
      fs.rmSync(path.join(root, "usr/local/lib/linnix/current/each-boot"));
      fs.rmSync(path.join(root, "usr/local/sbin/linnix-bootstrap"));
      const broken = (await verify()).stderr;
      assert.match(broken, /linnix-host\.service.*each-boot is not executable/);
      assert.match(broken, /linnix-bootstrap\.service.*linnix-bootstrap is not executable/);
    } finally {
      fs.rmSync(root, { recursive: true });
    }
  });
});
