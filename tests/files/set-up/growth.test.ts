import assert from "node:assert/strict";

import { host, onHost as it } from "../../fixtures/set-up";
import type { StubMachine } from "../../fixtures/stub-machine";

describe("set-up: grows an enlarged volume while it is in use", () => {
  const partitions = { 1: [524_288, 16_252_895], 15: [2048, 522_240] } as const;
  const grown = (machine: StubMachine) =>
    machine.changes().filter((line) => /^(growpart|resize2fs|xfs_growfs) /.test(line));
  const device = (machine: StubMachine, name: string) => `${machine.root}/dev/${name}`;

  for (const script of ["each-boot", "each-minute"])
    it(`the data volume's file system, in ${script}, except for a rounding difference`, async (machine) => {
      machine.set("device-blocks", "5242900");
      await machine.run(script);
      assert.deepEqual(grown(machine), []);
      machine.set("device-blocks", "10485760");
      for (const expected of [[`resize2fs ${device(machine, "nvme1n1")}`], []]) {
        await machine.run(script);
        assert.deepEqual(grown(machine), expected);
      }
    });

  for (const [system, resize] of [
    ["debian13", "resize2fs ROOT/dev/nvme0n1p1"],
    ["al2023", "xfs_growfs -d ROOT/"],
  ] as const)
    it(
      `the root volume's partition and file system, with ${system}`,
      async (machine) => {
        assert.deepEqual(grown(machine), []);
        machine.disk({ sectors: 33_554_432, partitions });
        for (const expected of [
          [`growpart ${device(machine, "nvme0n1")} 1`, resize.replace("ROOT", machine.root)],
          [],
        ]) {
          assert.equal((await machine.run("each-minute")).status, 0);
          assert.deepEqual(grown(machine), expected);
        }
        assert.deepEqual(machine.recorded("problems"), {});
      },
      { ...host, system },
    );

  it("the file system only, if that was interrupted after the partition", async (machine) => {
    machine.disk({ sectors: 33_554_432, partitions: { ...partitions, 1: [524_288, 33_030_144] } });
    await machine.run("each-minute");
    assert.deepEqual(grown(machine), [`resize2fs ${device(machine, "nvme0n1p1")}`]);
  });

  it("nothing where other partitions use the space", async (machine) => {
    machine.disk({ sectors: 33_554_432, partitions: { ...partitions, 2: [16_777_216, 16_777_000] } });
    await machine.run("each-minute");
    assert.deepEqual([grown(machine), machine.recorded("problems")], [[], {}]);
  });

  it("or reports a problem that makes the host unhealthy, and tries again", async (machine) => {
    machine.disk({ sectors: 33_554_432, partitions });
    machine.set("unmovable");
    await machine.run("each-minute");
    assert.match(machine.recorded("problems")["root-growth"] ?? "", /^root-growth: \d+ bytes of nvme0n1 are unused/);
    machine.unset("unmovable");
    await machine.run("each-minute");
    assert.deepEqual(machine.recorded("problems"), {});
  });

  it("when the kernel reports another size", (machine) => {
    assert.match(
      machine.read("/etc/udev/rules.d/90-linnix.rules") ?? "",
      /^ACTION=="change", SUBSYSTEM=="block", ENV\{RESIZE\}=="1", RUN\+=.* reload linnix-host\.service"$/m,
    );
  });
});
