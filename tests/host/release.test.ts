import assert from "node:assert/strict";

import type { DesiredState } from "../../components/services/desired-state";
import { longestGap } from "./gap";
import { type Host, host } from "./host";
import { release, service, stack } from "./releases";
import { printRow } from "./report";

const cognitod = `linnix-${stack}-cognitod`;
const llama = `linnix-${stack}-llama`;
describe("a release on the running host", () => {
  let ec2: Host;
  let good: DesiredState;
  const startedAt = (name: string) =>
    ec2.machine.shell(`docker inspect --format '{{.Id}} {{.State.StartedAt}}' ${name}`);

  before(async () => {
    ec2 = await host();
    good = await ec2.settled();
  });

  it("does nothing when it is in place already", async () => {
    const before = [await startedAt(cognitod), await startedAt(llama)];
    const { status, stderr } = await ec2.apply(good);
    assert.equal(status, 0, stderr);
    assert.deepEqual([await startedAt(cognitod), await startedAt(llama)], before);
  });

  it("replaces cognitod in place, in at most twice the time of a bare docker stop and docker run; llama stays", async () => {
    const start = /^ExecStart=(.*)$/m.exec(service(good, "cognitod").unit)?.[1] ?? "";
    const bareStart = start.replace(" --attach stdout", " --detach").replace(/%%/g, "%").replace(/\$\$/g, "$");
    await ec2.machine.shell(`systemctl stop ${cognitod} && docker rm --force ${cognitod} && ${bareStart}`);
    await ec2.ready("9464/readyz");
    const bare = await longestGap(ec2, async () => {
      await ec2.machine.shell(`docker stop -t 15 ${cognitod} && docker rm ${cognitod} && ${bareStart}`);
      await ec2.ready("9464/readyz");
    });
    await ec2.machine.shell(`docker rm --force ${cognitod} && systemctl start ${cognitod}`);
    await ec2.healthy(good.release);

    const before = await startedAt(llama);
    const next = release({ images: { ...ec2.images, cognitod: await ec2.variant("changed") } });
    const rolled = await longestGap(ec2, async () => {
      const { status, stderr } = await ec2.apply(next);
      assert.equal(status, 0, stderr);
    });
    await ec2.healthy(next.release);
    assert.equal(await startedAt(llama), before);
    printRow("cognitod's gap, bare docker stop and docker run", bare);
    printRow("cognitod's gap, a release", rolled);
    assert.ok(rolled <= 2 * bare, `${rolled} s, against ${bare} s`);
  });

  it("goes back with rollback, and forward again", async () => {
    const { status, stderr } = await ec2.machine.tryShell("linnix-release rollback", { seconds: 400 });
    assert.equal(status, 0, stderr);
    await ec2.healthy(good.release);
  });
});
