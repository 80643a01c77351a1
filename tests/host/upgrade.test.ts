import assert from "node:assert/strict";

import type { Bundle } from "../../components/hosts/ec2/bundle/bundle";
import type { DesiredState } from "../../components/hosts/ec2/protocol";
import { applyLog, killWhen, startAndWaitFor } from "./applying";
import { type Host, host, since } from "./host";
import { keepsake, lost } from "./keepsake";
import { hostBundle, release } from "./releases";
import { printFault, printRow } from "./report";

const timer = "etc/systemd/system/linnix-health.timer";

/** The stack's bundle with a remark in a unit, so that it is another one. */
const upgraded = (remark: string): Bundle => hostBundle({ [`files/${timer}`]: (content) => `${content}# ${remark}\n` });

describe("a release with another host bundle", () => {
  let ec2: Host;
  let good: DesiredState;

  before(async function () {
    ec2 = await host(this);
    good = await ec2.settled();
  });

  /** The release with another bundle, which is in the bucket. */
  async function withBundle(bundle: Bundle): Promise<DesiredState> {
    await ec2.store(bundle);
    return release({ images: ec2.images, bundle });
  }
  const current = async () => (await ec2.machine.shell("readlink /usr/local/lib/linnix/current")).trim();
  const shown = (file: string) => ec2.machine.shell(`cat /${file}`);
  const pids = () =>
    ec2.machine.shell("cat /proc/sys/kernel/random/boot_id; docker inspect --format '{{.State.Pid}}' $(docker ps -q)");

  it("upgrades the running host in place: same boot, same containers, the bundle's files installed", async () => {
    const [before, running, started] = [await keepsake(ec2), await pids(), Date.now()];
    const next = await withBundle(upgraded("upgraded"));
    const { status, stderr } = await ec2.apply(next);
    assert.equal(status, 0, stderr);
    printRow("a release with another host bundle, until both services are healthy", since(started));
    await ec2.healthy(next.release);
    assert.equal(await current(), `bundles/${next.bundle.sha256}`);
    assert.match(await shown(timer), /# upgraded/);
    assert.equal(await pids(), running);
    assert.deepEqual(await keepsake(ec2), before);
    assert.deepEqual((await ec2.status()).problems, []);
  });

  const broken: readonly { name: string; bundle: () => Bundle; says: RegExp }[] = [
    {
      name: "whose set-up fails",
      bundle: () => hostBundle({ "set-up": () => "#!/bin/sh\necho 'out of order' >&2\nexit 1\n" }),
      says: /set-up of host bundle [0-9a-f]{16} ended with exit status 1: out of order/,
    },
    {
      name: "whose program does not run [full]",
      bundle: () =>
        hostBundle({
          "linnix_release/commands.py": () => "def (\n",
          [`files/${timer}`]: (content) => `${content}# broken\n`,
        }),
      says: /SyntaxError|exit status 1/,
    },
  ];
  for (const { name, bundle, says } of broken)
    it(`${name}, is rolled back together with its bundle`, async () => {
      assert.equal((await ec2.apply(good)).status, 0);
      const [before, installed] = [await keepsake(ec2), await shown(timer)];
      const next = await withBundle(bundle());
      const { status, stderr, result } = await ec2.apply(next);
      assert.equal(status, 1, stderr);
      assert.match(stderr, says);
      assert.deepEqual([result.release, result.outcome, result.restored], [next.release, "rolled-back", good.release]);
      const seconds = await ec2.healthy(good.release);
      assert.equal(await current(), `bundles/${good.bundle.sha256}`);
      assert.equal(await shown(timer), installed);
      const after = await keepsake(ec2);
      const noticed = stderr.split("\n").find((line) => says.test(line)) ?? "";
      printFault({ fault: `release: a host bundle ${name}`, noticed, lost: lost(before, after), seconds });
      assert.deepEqual(after, before);
    });

  const moments = [
    ["before the bundle is fetched", "fetch: host bundle"],
    ["while the host is set up with it", "fetch: the host is set up with bundle"],
    ["while the services are replaced", "swap: "],
  ] as const;
  for (const [when, said] of moments) {
    it(`is continued by the next run after kill -9 ${when} [full]`, async () => {
      assert.equal((await ec2.apply(good)).status, 0);
      const before = await keepsake(ec2);
      // Another image as well: otherwise nothing is probed.
      const bundle = upgraded(`killed ${when}`);
      await ec2.store(bundle);
      const next = release({ images: { ...ec2.images, cognitod: await ec2.variant("changed") }, bundle });
      await ec2.desire(next);
      const killed = await ec2.machine.tryShell(killWhen(said), { seconds: 400 });
      assert.equal(killed.status, 137, `was not killed: ${await ec2.machine.shell(`cat ${applyLog}`)}`);
      const started = Date.now();
      const { status, stderr } = await ec2.apply(next);
      assert.equal(status, 0, stderr);
      await ec2.healthy(next.release);
      assert.equal(await current(), `bundles/${bundle.sha256}`);
      assert.match(await shown(timer), /# killed/);
      const after = await keepsake(ec2);
      const fault = `kill -9 of an upgrade ${when}`;
      printFault({ fault, noticed: "a release was interrupted", lost: lost(before, after), seconds: since(started) });
      assert.deepEqual(after, before);
    });

    it(`is continued by the next boot after a power cut ${when} [full]`, async () => {
      assert.equal((await ec2.apply(good)).status, 0);
      const before = await keepsake(ec2);
      const bundle = upgraded(`cut ${when}`);
      await ec2.store(bundle);
      const next = release({ images: { ...ec2.images, cognitod: await ec2.variant("changed") }, bundle });
      await ec2.desire(next);
      await ec2.machine.shell(startAndWaitFor(said), { seconds: 400 });
      await ec2.powerCut();
      await ec2.machine.up();
      const seconds = await ec2.healthy(next.release, 900);
      assert.equal(await current(), `bundles/${bundle.sha256}`);
      assert.match(await shown(timer), /# cut/);
      const after = await keepsake(ec2);
      printFault({
        fault: `power cut of an upgrade ${when}`,
        noticed: "nothing to notice",
        lost: lost(before, after),
        seconds,
      });
      assert.deepEqual(after, before);
    });
  }
});
