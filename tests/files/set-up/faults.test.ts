import assert from "node:assert/strict";

import { onMachine as it } from "../../fixtures/set-up";
import type { StubMachine } from "../../fixtures/stub-machine";

describe("set-up: with a fault", () => {
  /** Each fault with the expected errors by step, and with what can't work because of it. */
  const faults: {
    name: string;
    inject: (machine: StubMachine) => void;
    expected: Record<string, RegExp>;
    noMount?: boolean;
    noEngine?: boolean;
  }[] = [
    {
      name: "the volume is not attached",
      inject: (machine) => {
        machine.set("disks", "nvme0n1 vol0aaaaaaaaaaaaaaaa");
      },
      expected: {
        "data-volume": /vol-0123456789abcdef0 is not attached.*pulumi up/,
        host: /linnix-host\.service failed/,
      },
      noMount: true,
    },
    {
      name: "the volume holds another file system",
      inject: (machine) => {
        machine.set("signature", "xfs");
      },
      expected: { "data-volume": /contains xfs .*left unchanged.*wipefs/, host: /failed/ },
      noMount: true,
    },
    {
      name: "the volume holds unknown data",
      inject: (machine) => {
        machine.write("/dev/nvme1n1", Buffer.concat([Buffer.alloc(700_000), Buffer.from("x")]));
      },
      expected: { "data-volume": /contains unknown data/, host: /failed/ },
      noMount: true,
    },
    {
      name: "the volume holds data in its middle only",
      inject: (machine) => {
        machine.write(
          "/dev/nvme1n1",
          Buffer.concat([Buffer.alloc(30 << 20), Buffer.from("x"), Buffer.alloc(30 << 20)]),
        );
      },
      expected: { "data-volume": /contains unknown data at byte 31457280/, host: /failed/ },
      noMount: true,
    },
    {
      name: "the file system can't be repaired automatically",
      inject: (machine) => {
        machine.set("signature", "ext4");
        machine.set("e2fsck-status", "4");
      },
      expected: { "data-volume": /damaged.*e2fsck/, host: /failed/ },
      noMount: true,
    },
    {
      name: "another device is mounted at the volume's mount point",
      inject: (machine) => {
        machine.set("mounted", "/dev/nvme9n1");
      },
      expected: { "data-volume": /nvme9n1 is mounted at \/var\/lib\/linnix, not vol-/, host: /failed/ },
    },
    {
      name: "the kernel is too old, without BTF and PSI",
      inject: (machine) => {
        machine.set("kernel", "5.9.0-1");
        machine.delete("/sys/kernel/btf/vmlinux");
        machine.delete("/proc/pressure/cpu");
      },
      expected: { kernel: /5\.9\.0-1 .*older than 5\.12.*DEBUG_INFO_BTF.*psi=1.*linnix:machineImage/ },
    },
    {
      name: "another program keeps perf events to root",
      inject: (machine) => {
        machine.set("stubborn");
      },
      expected: { "perf-events": /perf_event_paranoid is 3 and can't be set to 2: see \/etc\/sysctl\.d/ },
    },
    {
      name: "an account can't be made",
      inject: (machine) => {
        machine.set("full-groups");
      },
      expected: { accounts: /accounts: / },
    },
    {
      name: "packages can't be downloaded",
      inject: (machine) => {
        machine.set("offline");
      },
      expected: { packages: /can't be installed: docker\.io .*port 443/ },
      noEngine: true,
    },
  ];
  for (const { name, inject, expected, noMount, noEngine } of faults)
    it(`${name}: reports the error, runs the other steps, and fails`, async (machine) => {
      inject(machine);
      const { status } = await machine.setUp();
      assert.equal(status, 1);
      const problems = machine.recorded("problems");
      assert.deepEqual(Object.keys(problems).sort(), Object.keys(expected).sort());
      for (const [file, pattern] of Object.entries(expected)) {
        assert.match(problems[file] ?? "", pattern);
        assert.match(machine.read("/dev/console") ?? "", pattern);
      }
      const parameter = machine.changes().filter((line) => line.startsWith("aws "));
      assert.equal(parameter.length, 1);
      const [, value] = /--name \/linnix\/dev\/health .*--value (.*)$/.exec(parameter[0] ?? "") ?? [];
      assert.deepEqual(JSON.parse(value ?? ""), {
        schema: 2,
        healthy: false,
        problems: Object.keys(problems)
          .sort()
          .map((key) => problems[key]?.slice(0, 250)),
      });
      if (noMount === true) {
        assert.equal(machine.get("mounted"), undefined);
        assert.equal(machine.get("active/linnix-host.service"), undefined);
      }
      assert.notEqual(machine.get("active/linnix-health.timer"), undefined);
      // By hand: from now on the unit retries.
      assert.notEqual(machine.get("active/linnix-bootstrap.service"), undefined);
      if (noEngine !== true) assert.notEqual(machine.get("active/docker.service"), undefined);
      // The same error is not reported again.
      await machine.setUp({ LINNIX_UNIT: "1" });
      assert.deepEqual(
        machine.changes().filter((line) => line.startsWith("aws ")),
        [],
      );
    });

  it("reports problems with control characters, and of any length and number, as JSON that fits in a parameter", async (machine) => {
    machine.set("disks", "nvme0n1 vol0aaaaaaaaaaaaaaaa");
    for (let number = 0; number < 20; number++)
      machine.write(`/run/linnix/problems/0-${number}`, `\u001b[31m"red"\u0007\t\\ ${"x".repeat(5000)}\n`);
    assert.equal((await machine.setUp()).status, 1);
    const [call = ""] = machine.changes().filter((line) => line.startsWith("aws "));
    const [, value = ""] = /--name \/linnix\/dev\/health .*--value (.*)$/.exec(call) ?? [];
    assert.ok(Buffer.byteLength(value) <= 4096, String(Buffer.byteLength(value)));
    const { problems } = JSON.parse(value) as { problems: string[] };
    assert.match(problems[0] ?? "", /^\[31m"red"\\ x+$/);
  });
});
