import assert from "node:assert/strict";

import type { UserDataOptions } from "../../components/hosts/ec2/user-data/user-data";
import { StubMachine } from "../fixtures/stub-machine";

const volume = "vol-0123456789abcdef0";
const options: UserDataOptions = {
  ...{ stack: "dev", region: "eu-central-1", system: "debian13", architecture: "amd64", swapMiB: 512 },
  ...{ dataVolume: volume, prefix: "/linnix/dev", namespace: "Linnix" },
};

describe("the first boot", function () {
  // A run starts some two hundred short processes.
  this.timeout(120_000);
  let machine: StubMachine;
  const boot = async (environment: NodeJS.ProcessEnv = {}) => machine.run("first-boot", environment);
  const count = (pattern: RegExp) =>
    (machine.get("changes") ?? "").split("\n").filter((line) => pattern.test(line)).length;

  before(function () {
    if (process.platform === "linux") return;
    process.stderr.write(`*** LEFT OUT: the host's scripts are Linux's, this is ${process.platform} ***\n`);
    this.skip();
  });
  beforeEach(() => {
    machine = new StubMachine(options);
  });
  afterEach(() => {
    machine.remove();
  });

  it("makes a fresh machine a host, and tells no fault", async () => {
    const { status, stderr } = await boot();
    assert.equal(status, 0, stderr);
    assert.deepEqual([machine.told("problems"), machine.told("warnings")], [{}, {}]);
    for (const unit of ["docker.service", "linnix-host.service", "linnix-apply.service", "linnix-health.timer"])
      assert.notEqual(machine.get(`active/${unit}`), undefined, unit);
    for (const unit of ["linnix-first-boot.service", "linnix-host.service", "linnix-apply.service"])
      assert.notEqual(machine.get(`enabled/${unit}`), undefined, unit);
    assert.equal(machine.get("mounted"), `${machine.root}/dev/nvme1n1`);
    assert.equal(count(/^mkfs\.ext4 .*nvme1n1$/), 1);
    assert.equal(count(/^iptables .*DOCKER-USER -d 169\.254\.169\.254\/32 -j DROP/), 1);
    assert.equal(machine.get("trace-mode"), "65531 750");
    assert.equal(machine.read("/proc/sys/kernel/perf_event_paranoid"), "2\n");
    assert.equal(count(/^useradd .*--uid (65531|65532)/), 2);
    assert.equal(machine.get("swaps"), `${machine.root}/swapfile`);
    assert.equal(machine.get("active/ssh.service"), undefined);
    assert.equal(count(/^amazon-cloudwatch-agent-ctl /), 1);
    assert.equal(count(/^aws /), 0);
  });

  it("changes nothing when it is run again, nor does what runs at each boot", async () => {
    await boot();
    machine.changes();
    const before = machine.snapshot();
    for (const script of ["first-boot", "each-boot"]) {
      const { status, stderr } = await machine.run(script);
      assert.equal(status, 0);
      assert.doesNotMatch(stderr, /linnix: \+/);
    }
    assert.deepEqual(machine.changes(), []);
    assert.deepEqual(machine.snapshot(), before);
  });

  it("says what it would do and does none of it when asked to", async () => {
    const before = machine.snapshot();
    const { stderr } = await boot({ LINNIX_DRY_RUN: "1" });
    assert.match(stderr, /\+ retry apt install .*docker\.io/);
    assert.match(stderr, /\+ systemctl start linnix-host\.service/);
    assert.deepEqual(machine.changes(), []);
    assert.deepEqual(machine.snapshot(), before);
  });

  it("mounts the volume by its serial number when it has another name after a reboot, and formats nothing", async () => {
    await boot();
    machine.changes();
    for (const gone of ["mounted", "active/linnix-host.service", "active/var-lib-linnix.mount"]) machine.unset(gone);
    machine.write("/dev/nvme0n1", "");
    machine.set("disks", `nvme0n1 ${volume.replace("-", "")}\nnvme1n1 vol0aaaaaaaaaaaaaaaa`);
    assert.equal((await machine.run("each-boot")).status, 0);
    assert.equal(machine.get("mounted"), `${machine.root}/dev/nvme0n1`);
    assert.equal(count(/^mkfs/), 0);
  });

  it("restarts only the engine when only its configuration changed", async () => {
    await boot();
    machine.changes();
    machine.write("/etc/docker/daemon.json", '{"live-restore":true}\n');
    assert.equal((await boot()).status, 0);
    assert.deepEqual(machine.changes(), ["systemctl restart docker.service"]);
  });

  it("sends the package manager to the archive by https, the only port that is open", async () => {
    machine.write("/etc/apt/mirrors/debian.list", "http://cdn-aws.deb.debian.org/debian\n");
    await boot();
    assert.equal(machine.read("/etc/apt/mirrors/debian.list"), "https://cdn-aws.deb.debian.org/debian\n");
  });

  it("does the same on Amazon Linux, whose repositories it frees from their date", async () => {
    machine.remove();
    machine = new StubMachine({ ...options, system: "al2023" });
    const { status, stderr } = await boot();
    assert.equal(status, 0, stderr);
    assert.equal(machine.read("/etc/dnf/vars/releasever"), "latest\n");
    assert.equal(count(/^dnf install .* docker .*dnf-automatic/), 1);
    assert.equal(count(/^curl /), 0);
    machine.changes();
    assert.equal((await boot()).status, 0);
    assert.deepEqual(machine.changes(), []);
  });

  describe("where something is wrong", () => {
    /** Each with what is told, and whether what doesn't depend on it was done. */
    const faults: {
      name: string;
      broken: () => void;
      told: Record<string, RegExp>;
      noMount?: boolean;
      noEngine?: boolean;
    }[] = [
      {
        name: "the volume is not attached",
        broken: () => {
          machine.set("disks", "nvme0n1 vol0aaaaaaaaaaaaaaaa");
        },
        told: {
          "data-volume": /vol-0123456789abcdef0 is not attached.*pulumi up/,
          host: /linnix-host\.service failed/,
        },
        noMount: true,
      },
      {
        name: "the volume holds another file system",
        broken: () => {
          machine.set("signature", "xfs");
        },
        told: { "data-volume": /holds xfs .*left as it is.*wipefs/, host: /failed/ },
        noMount: true,
      },
      {
        name: "the volume holds bytes that no one knows",
        broken: () => {
          machine.write("/dev/nvme1n1", Buffer.concat([Buffer.alloc(700_000), Buffer.from("x")]));
        },
        told: { "data-volume": /something that is no file system/, host: /failed/ },
        noMount: true,
      },
      {
        name: "the file system is damaged beyond what is mended by itself",
        broken: () => {
          machine.set("signature", "ext4");
          machine.set("damaged");
        },
        told: { "data-volume": /damaged.*e2fsck/, host: /failed/ },
        noMount: true,
      },
      {
        name: "something else is mounted in the volume's place",
        broken: () => {
          machine.set("mounted", "/dev/nvme9n1");
        },
        told: { "data-volume": /nvme9n1 is mounted at \/var\/lib\/linnix, not vol-/, host: /failed/ },
      },
      {
        name: "the kernel is old and lacks type information and pressure",
        broken: () => {
          machine.set("kernel", "5.9.0-1");
          machine.delete("/sys/kernel/btf/vmlinux");
          machine.delete("/proc/pressure/cpu");
        },
        told: { kernel: /5\.9\.0-1 .*older than 5\.12.*DEBUG_INFO_BTF.*psi=1.*linnix:machineImage/ },
      },
      {
        name: "no package is to be had",
        broken: () => {
          machine.set("offline");
        },
        told: { packages: /can't be installed: docker\.io .*port 443/ },
        noEngine: true,
      },
    ];
    for (const { name, broken, told, noMount, noEngine } of faults)
      it(`${name}: tells it everywhere, does all the rest, fails`, async () => {
        broken();
        const { status } = await boot();
        assert.equal(status, 1);
        const problems = machine.told("problems");
        assert.deepEqual(Object.keys(problems).sort(), Object.keys(told).sort());
        for (const [file, pattern] of Object.entries(told)) {
          assert.match(problems[file] ?? "", pattern);
          assert.match(machine.read("/dev/console") ?? "", pattern);
        }
        const parameter = machine.changes().filter((line) => line.startsWith("aws "));
        assert.equal(parameter.length, 1);
        const [, value] = /--name \/linnix\/dev\/health .*--value (.*)$/.exec(parameter[0] ?? "") ?? [];
        assert.deepEqual(JSON.parse(value ?? ""), {
          schema: 1,
          healthy: false,
          problems: Object.keys(problems)
            .sort()
            .map((key) => problems[key]),
        });
        if (noMount === true) {
          assert.equal(machine.get("mounted"), undefined);
          assert.equal(machine.get("active/linnix-host.service"), undefined);
        }
        assert.notEqual(machine.get("active/linnix-health.timer"), undefined);
        assert.notEqual(machine.get("enabled/linnix-first-boot.service"), undefined);
        if (noEngine !== true) assert.notEqual(machine.get("active/docker.service"), undefined);
        // The same fault is no news.
        await boot({ LINNIX_UNIT: "1" });
        assert.deepEqual(
          machine.changes().filter((line) => line.startsWith("aws ")),
          [],
        );
      });

    it("formats nothing but a blank volume, and one whose formatting it was cut off in", async () => {
      machine.write("/dev/nvme1n1", "half");
      machine.write("/var/lib/linnix-host/formatting", "vol-0ffffffffffffffff\n");
      assert.equal((await boot()).status, 1);
      assert.equal(count(/^mkfs/), 0);
      machine.write("/var/lib/linnix-host/formatting", `${volume}\n`);
      assert.equal((await boot()).status, 0);
      assert.equal(count(/^mkfs/), 1);
      assert.equal(machine.read("/var/lib/linnix-host/formatting"), undefined);
    });

    it("seals the volume's folder before it is mounted, so that nothing lands on the root volume", async () => {
      machine.set("signature", "xfs");
      await boot();
      assert.notEqual(machine.get("sealed"), undefined);
    });

    it("mends itself when the volume comes late", async () => {
      const disks = machine.get("disks") ?? "";
      machine.set("disks", "");
      assert.equal((await boot()).status, 1);
      machine.set("disks", disks);
      assert.equal((await boot({ LINNIX_UNIT: "1" })).status, 0);
      assert.deepEqual(machine.told("problems"), {});
    });

    it("lives without the agents, says what is lost, and gets them at a later boot", async () => {
      machine.set("no-agents");
      const { status } = await boot();
      assert.equal(status, 0);
      const { logs, "ssm-agent": ssm } = machine.told("warnings");
      assert.match(logs ?? "", /logs are not shipped: https:\/\/amazoncloudwatch-agent-eu-central-1\..*next boot/);
      assert.match(ssm ?? "", /can't be reached through SSM: https:\/\/s3\.eu-central-1\.amazonaws\.com\//);
      assert.notEqual(machine.get("active/linnix-apply.service"), undefined);
      machine.unset("no-agents");
      await boot();
      assert.deepEqual(machine.told("warnings"), {});
      assert.notEqual(machine.get("active/amazon-cloudwatch-agent.service"), undefined);
    });

    it("grows the file system when the volume was enlarged, and not for a rounding", async () => {
      await boot();
      machine.set("device-blocks", "5242900");
      await machine.run("each-boot");
      assert.equal(count(/^resize2fs/), 0);
      machine.set("device-blocks", "10485760");
      await machine.run("each-boot");
      assert.equal(count(/^resize2fs .*nvme1n1/), 1);
    });

    it("leaves swap alone where none is asked for", async () => {
      machine.remove();
      machine = new StubMachine({ ...options, swapMiB: 0 });
      assert.equal((await boot()).status, 0);
      assert.equal(machine.get("swaps"), undefined);
    });
  });

  it("ships what the units say, and begins a new file before it grows large", async () => {
    await machine.run("ship-journal");
    await machine.run("ship-journal");
    assert.equal(machine.read("/var/log/linnix/system.log")?.split("\n").length, 3);
    machine.write("/var/log/linnix/system.log", Buffer.alloc(10_000_001));
    await machine.run("ship-journal");
    assert.match(machine.read("/var/log/linnix/system.log") ?? "", /^2026-.* said\n$/);
  });
});
