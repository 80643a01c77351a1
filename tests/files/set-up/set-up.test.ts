import assert from "node:assert/strict";

import { host, onMachine as it } from "../../fixtures/set-up";

describe("set-up", () => {
  it("sets up a new machine without problems or warnings", async (machine) => {
    const { status, stderr } = await machine.setUp();
    assert.equal(status, 0, stderr);
    assert.deepEqual([machine.recorded("problems"), machine.recorded("warnings")], [{}, {}]);
    for (const unit of ["docker.service", "linnix-host.service", "linnix-apply.service", "linnix-health.timer"])
      assert.notEqual(machine.get(`active/${unit}`), undefined, unit);
    for (const unit of ["linnix-host.service", "linnix-apply.service"])
      assert.notEqual(machine.get(`enabled/${unit}`), undefined, unit);
    assert.equal(machine.get("mounted"), `${machine.root}/dev/nvme1n1`);
    assert.equal(machine.count(/^mkfs\.ext4 .*nvme1n1$/), 1);
    assert.equal(machine.count(/^iptables .*DOCKER-USER -d 169\.254\.169\.254\/32 -j DROP/), 1);
    assert.equal(machine.get("trace-mode"), "65531 750");
    assert.equal(machine.read("/proc/sys/kernel/perf_event_paranoid"), "2\n");
    assert.equal(machine.count(/^useradd .*--uid (65531|65532)/), 2);
    assert.equal(machine.get("swaps"), `${machine.root}/swapfile`);
    assert.equal(machine.get("active/ssh.service"), undefined);
    assert.equal(machine.count(/^amazon-cloudwatch-agent-ctl /), 1);
    assert.equal(machine.count(/^aws /), 0);
  });

  it("changes nothing in a second run of set-up, each-boot or each-minute", async (machine) => {
    await machine.setUp();
    machine.changes();
    const before = machine.snapshot();
    for (const script of ["set-up", "each-boot", "each-minute"]) {
      const { status, stderr } = await machine.run(script);
      assert.equal(status, 0);
      assert.doesNotMatch(stderr, /linnix: \+/);
    }
    assert.deepEqual(machine.changes(), []);
    assert.deepEqual(machine.snapshot(), before);
  });

  it("prints the changes without making them in a dry run", async (machine) => {
    const before = machine.snapshot();
    const { stderr } = await machine.setUp({ LINNIX_DRY_RUN: "1" });
    assert.match(stderr, /\+ retry apt install .*docker\.io/);
    assert.match(stderr, /\+ systemctl start linnix-host\.service/);
    assert.deepEqual(machine.changes(), []);
    assert.deepEqual(machine.snapshot(), before);
  });

  it(
    "creates no swap if none is set",
    async (machine) => {
      assert.equal((await machine.setUp()).status, 0);
      assert.equal(machine.get("swaps"), undefined);
    },
    { ...host, swapMiB: 0 },
  );

  it("restarts only the engine if only its configuration has changed", async (machine) => {
    await machine.setUp();
    machine.changes();
    machine.write("/etc/docker/daemon.json", "{}\n");
    assert.equal((await machine.setUp()).status, 0);
    assert.deepEqual(machine.changes(), ["systemctl restart docker.service"]);
    assert.match(machine.read("/etc/docker/daemon.json") ?? "", /live-restore/);
  });

  it("switches apt's sources to https, because only port 443 is open", async (machine) => {
    machine.write("/etc/apt/mirrors/debian.list", "http://mirror.example/debian\n");
    await machine.setUp();
    assert.equal(machine.read("/etc/apt/mirrors/debian.list"), "https://mirror.example/debian\n");
  });

  it(
    "sets up Amazon Linux, and unpins its repositories from the image's release",
    async (machine) => {
      const { status, stderr } = await machine.setUp();
      assert.equal(status, 0, stderr);
      assert.equal(machine.read("/etc/dnf/vars/releasever"), "latest\n");
      assert.equal(machine.count(/^dnf install .* docker .*dnf-automatic/), 1);
      assert.equal(machine.count(/^curl /), 0);
      machine.changes();
      assert.equal((await machine.setUp()).status, 0);
      assert.deepEqual(machine.changes(), []);
    },
    { ...host, system: "al2023" },
  );

  it("ships the units' journal, and rotates the file before it grows large", async (machine) => {
    await machine.run("ship-journal");
    await machine.run("ship-journal");
    assert.equal(machine.read("/var/log/linnix/system.log")?.split("\n").length, 3);
    machine.write("/var/log/linnix/system.log", Buffer.alloc(10_000_001));
    await machine.run("ship-journal");
    assert.match(machine.read("/var/log/linnix/system.log") ?? "", /^2026-.* said\n$/);
  });
});
