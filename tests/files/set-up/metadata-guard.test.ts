import assert from "node:assert/strict";
import * as path from "node:path";

import { onMachine as it } from "../../fixtures/set-up";
import type { StubMachine } from "../../fixtures/stub-machine";

describe("set-up: closes the instance metadata", () => {
  const expected = (program: string) =>
    ({
      iptables: ["169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32"],
      ip6tables: ["fd00:ec2::254/128", "fd00:ec2::23/128"],
    })[program]?.flatMap((address) => [
      `raw -A PREROUTING -d ${address} -j DROP`,
      ...[65_531, 65_532].map((uid) => `raw -A OUTPUT -d ${address} -m owner --uid-owner ${uid} -j DROP`),
    ]);
  const inRaw = (machine: StubMachine, program: string) =>
    machine
      .get(program)
      ?.split("\n")
      .filter((line) => line.startsWith("raw"));

  it("to bridged containers and to both services' users, before the engine starts", async (machine) => {
    await machine.setUp();
    for (const program of ["iptables", "ip6tables"]) assert.deepEqual(inRaw(machine, program), expected(program));
    const unit = machine.read("/etc/systemd/system/linnix-host.service") ?? "";
    assert.match(unit, /^Before=docker\.service$/m);
  });

  it("again within a minute after somebody has flushed the rules, each of them only once", async (machine) => {
    await machine.setUp();
    const rules = machine.get("iptables") ?? "";
    for (const left of ["", ...rules.split("\n").slice(0, 3)]) {
      machine.set("iptables", left);
      assert.equal((await machine.run("each-minute")).status, 0);
      assert.deepEqual(machine.get("iptables")?.split("\n").sort().filter(Boolean), rules.split("\n").sort());
    }
    assert.deepEqual(machine.recorded("problems"), {});
  });

  it("without adding a rule twice where iptables lists rules in other words", async (machine) => {
    await machine.setUp();
    machine.changes();
    machine.set("spelling");
    await machine.run("each-minute");
    assert.deepEqual(machine.changes(), []);
  });

  it("without IPv6 rules where the kernel has none", async (machine) => {
    machine.delete("/proc/net/if_inet6");
    assert.equal((await machine.setUp()).status, 0);
    assert.equal(machine.get("ip6tables"), undefined);
  });

  it("or reports a problem, until it can", async (machine) => {
    await machine.setUp();
    machine.set("no-ip6tables");
    await machine.run("each-minute");
    assert.match(machine.recorded("problems")["metadata-guard"] ?? "", /ip6tables can't read its raw table/);
    machine.unset("no-ip6tables");
    await machine.run("each-minute");
    assert.deepEqual(machine.recorded("problems"), {});
  });

  it("but leaves it to each-boot while that is at work", async (machine) => {
    await machine.setUp();
    machine.unset("iptables");
    const lock = path.join(machine.root, "run/linnix/each-boot.lock");
    const each = path.join(machine.root, "usr/local/lib/linnix/current/each-minute");
    const { status } = await machine.command("flock", [lock, "sh", each]);
    assert.equal(status, 0);
    assert.equal(machine.get("iptables"), undefined);
  });
});
