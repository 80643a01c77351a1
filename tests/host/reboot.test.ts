import assert from "node:assert/strict";

import { type Host, host, since } from "./host";
import { plantIncidents } from "./keepsake";
import { stack } from "./releases";
import { printRow } from "./report";

const service = (part: string) => `linnix-${stack}-${part}`;

/**
 * Everything that user data and set-up could change, as one text: files by content and mode, users, running processes. Without the
 * files that the host itself writes: its state, and the position in the journal.
 */
const fingerprint = `
  find /etc /usr/local /var/lib/linnix-host /var/lib/linnix-release -xdev -type f -printf '%p %m %u %g ' -exec sha256sum {} \\; |
    grep -Ev '^/etc/(machine-id|resolv.conf|.*cloud.*)|/(state.json|journal.cursor) '
  systemctl show docker containerd linnix-host --property=Id,ExecMainStartTimestampMonotonic
  docker inspect --format '{{.Name}} {{.Id}} {{.State.StartedAt}} {{.State.Pid}}' ${service("cognitod")} ${service("llama")}
  blkid /dev/nvme*n*; swapon --show --noheadings; iptables-save | grep -v '^#' | sed 's/\\[.*\\]//'`;

/** The volumes' device names, and the data that must survive: file system, model and incidents. */
async function dataVolume(ec2: Host) {
  const [device, uuid] = (await ec2.machine.shell("findmnt -no SOURCE,UUID /var/lib/linnix")).split(/\s+/);
  const model = await ec2.machine.shell("stat -c '%i %.9Y %s' /var/lib/linnix/models/*.gguf");
  const incidents = await ec2.machine.shell("sha256sum </var/lib/linnix/cognitod/incidents.db");
  return { device, kept: { uuid, model, incidents } };
}

describe("the same host again", () => {
  let ec2: Host;

  before(async function () {
    ec2 = await host(this);
    await plantIncidents(ec2);
  });

  it("is left as it is when user data runs a second time [full]", async () => {
    const before = await ec2.machine.shell(fingerprint);
    const modules = ["write_files", "runcmd", "scripts_user"];
    const again = modules.map((it) => `cloud-init single --name ${it} --frequency always`).join(" && ");
    const settled = `systemctl restart linnix-bootstrap &&
      journalctl --output cat _SYSTEMD_INVOCATION_ID=$(systemctl show --property=InvocationID --value linnix-bootstrap)`;
    const { status, stdout, stderr } = await ec2.machine.tryShell(`${again} && ${settled}`, { seconds: 300 });
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    const acted = `${stdout}\n${stderr}`.split("\n").filter((line) => line.startsWith("linnix: + "));
    assert.deepEqual(
      acted.filter((line) => !line.includes("agent")),
      [],
      "Amazon's agents can't be had here, and are tried again each time",
    );
    const after = await ec2.machine.shell(fingerprint);
    // Only the differences, so that a failure does not print the whole system.
    const only = (one: string, other: string) => one.split("\n").filter((line) => !other.split("\n").includes(line));
    assert.deepEqual({ gone: only(before, after), come: only(after, before) }, { gone: [], come: [] });
  });

  it("comes back healthy by itself after a reboot, its data volume found although the devices changed their names", async () => {
    const before = await dataVolume(ec2);
    const started = Date.now();
    await ec2.shutDown();
    await ec2.start({ dataOn: "virtio" });
    await ec2.machine.up();
    await ec2.healthy();
    printRow("reboot to both services healthy", since(started));
    const after = await dataVolume(ec2);
    assert.notEqual(after.device, before.device);
    assert.deepEqual(after.kept, before.kept);
  });

  it("is taken over by a new machine: nothing is formatted, nothing is fetched again [full]", async () => {
    const before = await dataVolume(ec2);
    const fetched = ec2.world.modelsServed();
    await ec2.shutDown();
    const started = Date.now();
    await ec2.start({ root: await ec2.world.disk("root-2"), dataOn: "nvme" }, "i-0123456789abcdef1");
    await ec2.machine.up();
    await ec2.healthy(undefined, 900);
    printRow("a new machine's power-on to both services healthy, on the old data", since(started));
    assert.deepEqual((await dataVolume(ec2)).kept, before.kept);
    assert.equal(ec2.world.modelsServed(), fetched);
  });
});
