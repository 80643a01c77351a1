import assert from "node:assert/strict";

import type { DesiredState } from "../../components/hosts/ec2/protocol";
import { longestGap } from "./gap";
import { type Host, host } from "./host";
import { release, service, stack } from "./releases";
import { printRow } from "./report";

const cognitod = `linnix-${stack}-cognitod`;
const llama = `linnix-${stack}-llama`;
describe("a release on the running host", () => {
  let ec2: Host;
  let good: DesiredState;
  let next: DesiredState;
  const startedAt = (name: string) =>
    ec2.machine.shell(`docker inspect --format '{{.Id}} {{.State.StartedAt}}' ${name}`);

  before(async function () {
    ec2 = await host(this);
    good = await ec2.settled();
    next = release({ images: { ...ec2.images, cognitod: await ec2.variant("changed") } });
  });

  // Each test begins with its own release, because a test that is retried may have left another one.
  it("does nothing when it is in place already", async () => {
    await ec2.putInPlace(good);
    const before = [await startedAt(cognitod), await startedAt(llama)];
    await ec2.putInPlace(good);
    assert.deepEqual([await startedAt(cognitod), await startedAt(llama)], before);
  });

  it("replaces cognitod in place, after its image was pulled and checked; llama keeps running", async () => {
    await ec2.putInPlace(good);
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
    const from = await ec2.machine.shell("date +%s.%N");
    printRow("cognitod's gap, bare docker stop and docker run", bare);
    printRow("cognitod's gap, a release", await longestGap(ec2, () => ec2.putInPlace(next)));
    assert.equal(await startedAt(llama), before);
    const events = await imageAndExitEvents(from);
    const stopped = events.indexOf(`die ${cognitod}`);
    assert.ok(stopped >= 0 && events.lastIndexOf(`die ${cognitod}`) === stopped, events.join(", "));
    const preflight = events.indexOf(`die linnix-${stack}-preflight`);
    assert.ok(preflight >= 0 && preflight < stopped, events.join(", "));
    assert.ok(!events.slice(stopped).some((event) => event.startsWith("pull ")), events.join(", "));
  });

  it("goes back with rollback", async () => {
    await ec2.putInPlace(next);
    const { status, stderr } = await ec2.machine.tryShell("linnix-release rollback", { seconds: 400 });
    assert.equal(status, 0, stderr);
    await ec2.healthy(good.release);
  });

  /** What the engine has pulled since a time, and which containers have ended, in order. */
  async function imageAndExitEvents(from: string): Promise<string[]> {
    const filters = "--filter event=die --filter event=pull";
    const format = '{{.Action}} {{index .Actor.Attributes "name"}}';
    const period = `--since ${from} --until $(date +%s)`;
    return (await ec2.machine.shell(`docker events ${period} ${filters} --format '${format}'`)).split("\n");
  }
});
