import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { host, onMachine as it } from "../../fixtures/set-up";

describe("set-up", () => {
  it("sets up a new machine without problems or warnings", async (machine) => {
    const { status, stderr } = await machine.setUp();
    assert.equal(status, 0, stderr);
    assert.deepEqual([machine.recorded("problems"), machine.recorded("warnings")], [{}, {}]);
    const started = ["docker.service", "linnix-host.service", "linnix-apply.service", "linnix-health.timer"];
    // Without these nobody reaches the host, no log is shipped, and no security update is installed.
    const others = ["amazon-ssm-agent.service", "amazon-cloudwatch-agent.service"];
    for (const unit of [...started, ...others, "apt-daily.timer", "apt-daily-upgrade.timer"])
      assert.notEqual(machine.get(`active/${unit}`), undefined, unit);
    // Waiting for a release here would hold up whatever follows.
    assert.equal(machine.count(/^systemctl start --no-block linnix-apply\.service$/), 1);
    for (const unit of ["linnix-host.service", "linnix-apply.service"])
      assert.notEqual(machine.get(`enabled/${unit}`), undefined, unit);
    assert.equal(machine.get("mounted"), `${machine.root}/dev/nvme1n1`);
    // Never with -F: mkfs then asks no question.
    assert.equal(machine.count(/^mkfs\.ext4 -q -m 1 -L linnix-data -U [0-9a-f-]{36} \S+nvme1n1$/), 1);
    assert.equal(machine.count(/^e2fsck -p \S+nvme1n1$/), 1);
    assert.equal(machine.count(/^apt-get .* install --yes --no-install-recommends .*docker\.io/), 1);
    assert.equal(machine.count(/^iptables .*DOCKER-USER -d 169\.254\.169\.254\/32 -j DROP/), 1);
    assert.equal(machine.get("trace-mode"), "65531 750");
    assert.equal(machine.read("/proc/sys/kernel/perf_event_paranoid"), "2\n");
    assert.equal(machine.count(/^useradd .*--uid (65531|65532).* --shell \/usr\/sbin\/nologin /), 2);
    assert.equal(machine.get("swaps"), `${machine.root}/swapfile`);
    assert.equal(machine.count(/^mkswap /), 1);
    // It has what was in the memory of every process.
    assert.equal(fs.statSync(path.join(machine.root, "swapfile")).mode & 0o777, 0o600);
    for (const restarted of ["systemd-journald", "systemd-resolved"])
      assert.equal(machine.count(new RegExp(`^systemctl restart ${restarted}\\.service$`)), 1, restarted);
    assert.equal(machine.count(/^sysctl --quiet --load=\S+\/etc\/sysctl\.d\/90-linnix\.conf$/), 1);
    assert.match(fs.readlinkSync(path.join(machine.root, "usr/local/sbin/linnix-release")), /current\/linnix-release$/);
    const configured =
      /^amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:\S+\/etc\/linnix\/cloudwatch-agent\.json$/;
    assert.equal(machine.count(configured), 1);
    assert.equal(machine.count(/^aws /), 0);
  });

  it("restores at each boot what a reboot resets: kernel settings, access to trace events, swap", async (machine) => {
    await machine.setUp();
    machine.write("/proc/sys/kernel/perf_event_paranoid", "3\n");
    machine.set("trace-mode", "0 700");
    for (const gone of ["tracefs", "swaps"]) machine.unset(gone);
    machine.changes();
    assert.equal((await machine.run("each-boot")).status, 0);
    assert.equal(machine.read("/proc/sys/kernel/perf_event_paranoid"), "2\n");
    assert.equal(machine.get("trace-mode"), "65531 750");
    assert.equal(machine.get("swaps"), `${machine.root}/swapfile`);
    assert.equal(machine.count(/^mount -t tracefs /), 1);
    assert.equal(machine.count(/^(fallocate|mkswap) /), 0);
  });

  it("stops every way to log in over the network, sockets that start one included", async (machine) => {
    const listeners = ["ssh.socket", "sshd.socket", "ssh.service", "sshd.service"];
    for (const unit of listeners) machine.set(`enabled/${unit}`);
    await machine.setUp();
    for (const unit of listeners) {
      assert.equal(machine.get(`enabled/${unit}`), undefined, unit);
      assert.equal(machine.count(new RegExp(`^systemctl disable --quiet --now ${unit.replace(".", "\\.")}$`)), 1, unit);
    }
  });

  it("tries a package manager again that another process has locked", async (machine) => {
    machine.set("offline-once");
    assert.equal((await machine.setUp()).status, 0);
    assert.notEqual(machine.get("offline-at"), undefined);
  });

  it("leaves a unit alone that is starting", async (machine) => {
    machine.set("activating/linnix-apply.service");
    await machine.setUp();
    assert.equal(machine.count(/linnix-apply/), 1);
    assert.notEqual(machine.get("enabled/linnix-apply.service"), undefined);
  });

  it("restarts the engine again that has not started with its configuration", async (machine) => {
    machine.set("failing/docker.service");
    assert.equal((await machine.setUp()).status, 1);
    assert.ok("engine" in machine.recorded("problems"));
    machine.unset("failing/docker.service");
    machine.changes();
    assert.equal((await machine.setUp()).status, 0);
    assert.equal(machine.count(/^systemctl restart docker\.service$/), 1);
  });

  it("looks at the host again in the same boot while it has problems", async (machine) => {
    machine.set("stubborn");
    assert.equal((await machine.setUp()).status, 1);
    machine.unset("stubborn");
    assert.equal((await machine.setUp()).status, 0);
    assert.deepEqual(machine.recorded("problems"), {});
  });

  it("waits for another set-up that is at work", async (machine) => {
    const held = `exec 9>>"$LINNIX_ROOT/run/linnix/set-up.lock"; flock 9
      sh "$LINNIX_ROOT/usr/local/lib/linnix/current/set-up" 9>&- &
      timeout 1 tail -f /dev/null; echo "the other has ended" >>"$STUB/changes"
      exec 9>&-; wait $!`;
    machine.write("/run/linnix/set-up.lock", "");
    assert.equal((await machine.command("sh", ["-c", held])).status, 0);
    assert.equal(machine.changes()[0], "the other has ended");
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
      assert.notEqual(machine.get("active/dnf-automatic.timer"), undefined);
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
