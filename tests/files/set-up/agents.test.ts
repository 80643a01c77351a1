import assert from "node:assert/strict";

import { onMachine as it } from "../../fixtures/set-up";

describe("set-up: the agents", () => {
  it("works without the agents, warns about the consequences, and installs them at a later boot", async (machine) => {
    machine.set("no-agents");
    const { status } = await machine.setUp();
    assert.equal(status, 0);
    const { logs, "ssm-agent": ssm } = machine.recorded("warnings");
    assert.match(logs ?? "", /logs are not shipped: https:\/\/amazoncloudwatch-agent-eu-central-1\..*next boot/);
    assert.match(ssm ?? "", /can't be reached through SSM: https:\/\/s3\.eu-central-1\.amazonaws\.com\//);
    assert.notEqual(machine.get("active/linnix-apply.service"), undefined);
    machine.unset("no-agents");
    await machine.setUp();
    assert.deepEqual(machine.recorded("warnings"), {});
    assert.notEqual(machine.get("active/amazon-cloudwatch-agent.service"), undefined);
  });

  it("fetches the agents from the global address where the region has none", async (machine) => {
    machine.set("no-regional-agents");
    assert.equal((await machine.setUp()).status, 0);
    assert.deepEqual(machine.recorded("warnings"), {});
    const fetched = machine.changes().filter((line) => line.startsWith("curl "));
    assert.deepEqual(
      fetched.map((line) => line.replace(/.* /, "")),
      [
        "https://s3.amazonaws.com/ec2-downloads-windows/SSMAgent/latest/debian_amd64/amazon-ssm-agent.deb",
        "https://amazoncloudwatch-agent.s3.amazonaws.com/debian/amd64/latest/amazon-cloudwatch-agent.deb",
      ],
    );
    for (const line of fetched) assert.match(line, / --proto =https /);
  });
});
