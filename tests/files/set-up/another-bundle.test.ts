import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { bundleFiles } from "../../../components/hosts/ec2/bundle/files";
import { content, host, onHost as it } from "../../fixtures/set-up";

describe("set-up: of another bundle", () => {
  const unit = "files/etc/systemd/system/linnix-health.timer";
  /** The bundle with other contents of some files; without those whose content is undefined. */
  const changed = (change: Readonly<Record<string, string | undefined>>, facts = host) => {
    const before = bundleFiles(facts).filter(({ name }) => !(name in change));
    const added = Object.entries(change).flatMap(([name, content]) => (content === undefined ? [] : { name, content }));
    return [...before, ...added];
  };

  it("installs the changed unit, reloads what reads it, and starts no release while one is at work", async (machine) => {
    machine.unset("active/linnix-apply.service");
    machine.use(changed({ [unit]: content(unit).replace("OnUnitActiveSec=1min", "OnUnitActiveSec=2min") }));
    assert.equal((await machine.setUp({ LINNIX_RELEASE: "1" })).status, 0);
    assert.deepEqual(machine.changes(), [
      "systemctl daemon-reload",
      "systemctl reload linnix-host.service",
      "systemctl restart linnix-health.timer",
    ]);
    assert.match(machine.read("/etc/systemd/system/linnix-health.timer") ?? "", /2min/);
    assert.equal(machine.get("active/linnix-apply.service"), undefined);
    assert.equal((await machine.setUp({ LINNIX_RELEASE: "1" })).status, 0);
    assert.deepEqual(machine.changes(), []);
  });

  it("removes what only the bundle before it has installed, and the way back restores it", async (machine) => {
    const name = "files/etc/systemd/system/linnix-extra.service";
    machine.use(changed({ [name]: "[Service]\n", "files/etc/extra.conf": "x\n" }));
    assert.equal((await machine.setUp()).status, 0);
    assert.equal(machine.read("/etc/extra.conf"), "x\n");
    machine.changes();
    machine.use(bundleFiles(host));
    assert.equal((await machine.setUp()).status, 0);
    assert.equal(machine.read("/etc/extra.conf"), undefined);
    assert.equal(machine.read("/etc/systemd/system/linnix-extra.service"), undefined);
    assert.equal(machine.count(/^systemctl disable --quiet --now linnix-extra\.service$/), 1);
    assert.equal(machine.count(/^systemctl daemon-reload$/), 1);
  });

  it("removes what an interrupted set-up of another bundle has installed", async (machine) => {
    const list = "/var/lib/linnix-host/files";
    machine.write("/etc/extra.conf", "x\n");
    machine.write(list, `${machine.read(list) ?? ""}etc/extra.conf\n`);
    assert.equal((await machine.setUp()).status, 0);
    assert.equal(machine.read("/etc/extra.conf"), undefined);
    assert.doesNotMatch(machine.read(list) ?? "", /extra/);
  });

  it("runs the current bundle's set-up if that has changed in the meantime, but a release runs the one it calls", async (machine) => {
    const other = changed({ "files/etc/extra.conf": "x\n" });
    const current = machine.use(other);
    const old = machine.use(bundleFiles(host));
    machine.use(other);
    assert.equal((await machine.run("set-up", {}, `bundles/${old.sha256}`)).status, 0);
    assert.equal(machine.read("/etc/extra.conf"), "x\n");
    await machine.run("set-up", { LINNIX_RELEASE: "1" }, `bundles/${old.sha256}`);
    assert.equal(machine.read("/etc/extra.conf"), undefined);
    assert.notEqual(current.sha256, old.sha256);
  });

  it("gives an account another id, also while a service of that account runs", async (machine) => {
    const moved = content("host.env").replace("cognitod:65531", "cognitod:65530");
    machine.use(changed({ "host.env": moved.replace("COGNITOD_ID=65531", "COGNITOD_ID=65530") }));
    await machine.setUp();
    assert.deepEqual(
      machine.changes().filter((line) => /^(user|group)/.test(line)),
      [
        "userdel --force cognitod",
        "groupadd --system --gid 65530 cognitod",
        "useradd --system --uid 65530 --gid 65530 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin cognitod",
      ],
    );
  });

  it("makes the swap file as large as it is set now, and removes it if none is set", async (machine) => {
    machine.use(bundleFiles({ ...host, swapMiB: 64 }));
    assert.equal((await machine.setUp()).status, 0);
    assert.equal(fs.statSync(path.join(machine.root, "swapfile")).size, 64 << 20);
    assert.equal(machine.count(/^swapoff /), 1);
    assert.equal(machine.get("swaps"), `${machine.root}/swapfile`);
    machine.use(bundleFiles({ ...host, swapMiB: 0 }));
    assert.equal((await machine.setUp()).status, 0);
    assert.ok(!fs.existsSync(path.join(machine.root, "swapfile")));
    assert.equal(machine.get("swaps"), undefined);
  });

  it("reports its problems to the release that calls it, and leaves the retry to that", async (machine) => {
    machine.set("disks", "");
    machine.unset("mounted");
    machine.use(changed({ "files/etc/extra.conf": "x\n" }));
    machine.set("signature", "xfs");
    assert.equal((await machine.setUp({ LINNIX_RELEASE: "1" })).status, 1);
    assert.ok("data-volume" in machine.recorded("problems"));
    assert.equal(machine.get("active/linnix-bootstrap.service"), undefined);
  });
});
