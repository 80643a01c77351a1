import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { host, onMachine as it } from "../../fixtures/set-up";

const volume = host.dataVolume;

describe("set-up: the data volume", () => {
  it("finds the volume by its serial number if its device name changes, and does not format it again", async (machine) => {
    await machine.setUp();
    machine.changes();
    for (const gone of ["mounted", "active/linnix-host.service", "active/var-lib-linnix.mount"]) machine.unset(gone);
    machine.write("/dev/nvme0n1", "");
    machine.set("disks", `nvme0n1 ${volume.replace("-", "")}\nnvme1n1 vol0aaaaaaaaaaaaaaaa`);
    assert.equal((await machine.run("each-boot")).status, 0);
    assert.equal(machine.get("mounted"), `${machine.root}/dev/nvme0n1`);
    assert.equal(machine.count(/^mkfs/), 0);
  });

  it("remembers an interrupted formatting, and does it again with the same UUID", async (machine) => {
    machine.set("unformattable");
    assert.equal((await machine.setUp()).status, 1);
    const [marked, uuid] = (machine.read("/var/lib/linnix-host/formatting") ?? "").trim().split(" ");
    assert.equal(marked, volume);
    machine.unset("unformattable");
    machine.changes();
    assert.equal((await machine.setUp()).status, 0);
    assert.equal(machine.count(new RegExp(`^mkfs\\.ext4 .*-U ${uuid} `)), 1);
  });

  it("mounts a file system whose errors were corrected", async (machine) => {
    machine.set("signature", "ext4");
    machine.set("e2fsck-status", "1");
    assert.equal((await machine.setUp()).status, 0);
    assert.notEqual(machine.get("mounted"), undefined);
  });

  it("orders the mount before the engine, and allows no program or device on the volume", async (machine) => {
    await machine.setUp();
    const unit = machine.read("/run/systemd/system/var-lib-linnix.mount") ?? "";
    assert.match(unit, /^Before=docker\.service$/m);
    assert.match(unit, /^Options=noatime,nodev,nosuid,noexec$/m);
    assert.equal(machine.changes().filter((line) => line === "systemctl daemon-reload").length, 2);
  });

  it("says what it waits for while the volume is not attached", async (machine) => {
    machine.set("disks", "");
    await machine.setUp({ LINNIX_WAIT: "12" });
    assert.match(machine.read("/dev/console") ?? "", /data-volume: waiting for vol-\w+ to be attached/);
  });

  it("formats only a blank volume, or one whose formatting was interrupted", async (machine) => {
    machine.write("/dev/nvme1n1", "half");
    machine.write("/var/lib/linnix-host/formatting", "vol-0ffffffffffffffff\n");
    assert.equal((await machine.setUp()).status, 1);
    assert.equal(machine.count(/^mkfs/), 0);
    machine.write("/var/lib/linnix-host/formatting", `${volume}\n`);
    assert.equal((await machine.setUp()).status, 0);
    assert.equal(machine.count(/^mkfs/), 1);
    assert.equal(machine.read("/var/lib/linnix-host/formatting"), undefined);
  });

  it("does not format a volume that cannot be read, although blkid finds nothing on it either", async (machine) => {
    // Opening a folder as a file is an error, like reading a broken volume.
    machine.delete("/dev/nvme1n1");
    fs.mkdirSync(path.join(machine.root, "dev/nvme1n1"));
    for (const mark of ["", `${volume}\n`]) {
      machine.write("/var/lib/linnix-host/formatting", mark);
      assert.equal((await machine.setUp()).status, 1);
      const { "data-volume": problem } = machine.recorded("problems");
      assert.match(
        problem ?? "",
        /vol-0123456789abcdef0 can't be read and was left unchanged: .*describe-volume-status --region \S+ --volume-ids vol-/,
      );
    }
    assert.equal(machine.count(/^mkfs/), 0);
  });

  it("formats nothing if blkid finds several kinds of data, or fails", async (machine) => {
    for (const status of ["8", "4"]) {
      machine.set("blkid-status", status);
      assert.equal((await machine.setUp()).status, 1);
      assert.match(machine.recorded("problems")["data-volume"] ?? "", /contains data that blkid can't identify/);
    }
    assert.equal(machine.count(/^mkfs/), 0);
  });

  it("heeds the mark of an interrupted formatting only while there is no header, except its own", async (machine) => {
    const mark = "/var/lib/linnix-host/formatting";
    const superblock = (uuid: string) => {
      const made = Buffer.alloc(1024);
      const fields = { 0: 65_536, 24: 2, 56: 0xef53, 76: 1 };
      for (const [offset, value] of Object.entries(fields)) made.writeUInt32LE(value, Number(offset));
      made.write(uuid.replaceAll("-", ""), 104, "hex");
      return made;
    };
    const uuid = "01234567-89ab-cdef-0123-456789abcdef";
    const at = 8 << 20;
    machine.write(mark, `${volume} ${uuid}\n`);
    machine.write("/dev/nvme1n1", Buffer.concat([Buffer.alloc(at), superblock(uuid.replaceAll("0", "1"))]));
    assert.equal((await machine.setUp()).status, 1);
    assert.match(machine.recorded("problems")["data-volume"] ?? "", /contains an ext4 superblock at byte 8388608/);
    machine.set("signature", "xfs");
    assert.equal((await machine.setUp()).status, 1);
    assert.match(machine.recorded("problems")["data-volume"] ?? "", /contains xfs/);
    assert.equal(machine.count(/^mkfs/), 0);
    machine.unset("signature");
    machine.write("/dev/nvme1n1", Buffer.concat([Buffer.alloc(at), superblock(uuid)]));
    assert.equal((await machine.setUp()).status, 0);
    assert.equal(machine.count(new RegExp(`^mkfs\\.ext4 .*-U ${uuid} `)), 1);
  });

  it("makes the mount point immutable before the mount, so that nothing is written to the root volume", async (machine) => {
    machine.set("signature", "xfs");
    await machine.setUp();
    assert.notEqual(machine.get("sealed"), undefined);
  });

  it("recovers when the volume is attached late", async (machine) => {
    const disks = machine.get("disks") ?? "";
    machine.set("disks", "");
    assert.equal((await machine.setUp()).status, 1);
    machine.set("disks", disks);
    assert.equal((await machine.setUp({ LINNIX_UNIT: "1" })).status, 0);
    assert.deepEqual(machine.recorded("problems"), {});
  });
});
