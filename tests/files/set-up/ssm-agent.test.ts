import assert from "node:assert/strict";

import { onMachine as it } from "../../fixtures/set-up";
import type { StubMachine } from "../../fixtures/stub-machine";

describe("set-up: wakes an SSM agent that was refused and sleeps", () => {
  const unit = "amazon-ssm-agent.service";
  const other = 'ESTAB 0 0 10.0.0.4:44 10.0.0.9:443 users:(("amazon-ssm-agen",pid=7,fd=9))';
  const connection = other.replace("amazon-ssm-agen", "ssm-agent-worke");
  const restarts = (machine: StubMachine) =>
    machine.changes().filter((line) => line === `systemctl restart ${unit}`).length;
  /** So many seconds after the agent has started. */
  const after = (machine: StubMachine, seconds: number) => {
    machine.set(`since-${unit}`, "100000000");
    machine.write("/proc/uptime", `${100 + seconds}.25 99.00\n`);
  };
  const look = async (machine: StubMachine) => {
    assert.equal((await machine.run("each-minute")).status, 0);
    return restarts(machine);
  };

  it("at the end of set-up, and every minute until it is connected", async (machine) => {
    machine.set(`active/${unit}`);
    machine.set("connections", other);
    after(machine, 130);
    await machine.setUp();
    assert.equal(restarts(machine), 1);
    after(machine, 30);
    assert.equal(await look(machine), 0);
    after(machine, 125);
    assert.equal(await look(machine), 1);
    machine.set("connections", `${other}\n${connection}`);
    assert.equal(await look(machine), 0);
  });

  it("also if the connection over which it was refused was seen for two minutes", async (machine) => {
    await machine.setUp();
    after(machine, 500);
    machine.set("connections", connection);
    assert.deepEqual([await look(machine), await look(machine)], [0, 0]);
    machine.set("connections", "");
    assert.equal(await look(machine), 1);
  });

  it("but not one that was connected for longer: a command may be running", async (machine) => {
    await machine.setUp();
    after(machine, 500);
    machine.set("connections", connection);
    for (let minute = 0; minute < 3; minute++) await look(machine);
    machine.set("connections", "");
    assert.equal(await look(machine), 0);
  });

  it("twenty times at most, and then warns", async (machine) => {
    await machine.setUp();
    after(machine, 500);
    machine.write("/run/linnix/ssm-agent-restarts", "restarted\n".repeat(19));
    assert.deepEqual([await look(machine), await look(machine)], [1, 0]);
    assert.match(machine.recorded("warnings")["ssm-connection"] ?? "", /not connected .* restarted 20 times: see \//);
    assert.deepEqual(machine.recorded("problems"), {});
  });
});
