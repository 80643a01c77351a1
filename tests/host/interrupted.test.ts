import assert from "node:assert/strict";

import type { DesiredState } from "../../components/hosts/ec2/protocol";
import { applyLog, killWhen, startAndWaitFor } from "./applying";
import { type Host, host, since } from "./host";
import { type Keepsake, keepsake, lost } from "./keepsake";
import { release } from "./releases";
import { printFault } from "./report";

describe("a release that is interrupted [full]", () => {
  let ec2: Host;
  before(async function () {
    ec2 = await host(this);
    await ec2.settled();
  });

  describe("by kill -9 at each of its steps, each in the run after the one that was killed", () => {
    let document: DesiredState;
    let untouched: Keepsake;
    const killed: { when: string; at: number; left: string }[] = [];

    before("wants a release that the host has never seen", async () => {
      // Both services are replaced, and apply waits for both.
      const images = { cognitod: await ec2.variant("interrupted"), llama: await ec2.variant("slow") };
      document = release({ images });
      await ec2.desire(document);
      untouched = await keepsake(ec2);
    });

    for (const [when, said] of [
      ["before it knows what is desired", "fetch: "],
      ["while it pulls", "pull: .*cognitod"],
      ["while the preflight runs", "steps: linnix-dev-preflight"],
      ["while the model is looked at", "steps: linnix-dev-model"],
      ["before cognitod is swapped", "swap: linnix-dev-cognitod"],
      ["between cognitod and llama", "swap: linnix-dev-llama"],
      ["while it waits for them to be ready", "probe: "],
    ] as const) {
      it(when, async () => {
        const { status } = await ec2.machine.tryShell(killWhen(said), { seconds: 400 });
        assert.equal(status, 137, `was not killed: ${await ec2.machine.shell(`cat ${applyLog}`)}`);
        killed.push({ when, at: Date.now(), left: lost(untouched, await keepsake(ec2)) });
      });
    }

    it("ends in the release that was asked for, when it is let run", async () => {
      await ec2.putInPlace(document);
      for (const { when, at, left } of killed)
        printFault({
          fault: `kill -9 of linnix-release ${when}`,
          noticed: "a release was interrupted",
          lost: left,
          seconds: since(at),
        });
      assert.deepEqual(await keepsake(ec2), untouched);
      assert.deepEqual([...new Set(killed.map(({ left }) => left))], ["nothing"]);
    });
  });

  for (const [when, said, variant] of [
    ["two seconds after a pull", "pull: .*cognitod", "flat"],
    ["while services are swapped", "swap: linnix-dev-cognitod", "changed"],
  ] as const) {
    it(`by a power cut ${when}: the next boot ends in the release that was asked for`, async () => {
      const document = release({ images: { ...ec2.images, cognitod: await ec2.variant(variant) } });
      await ec2.desire(document);
      const before = await keepsake(ec2);
      await ec2.machine.shell(startAndWaitFor(said), { seconds: 400 });
      if (variant === "flat") {
        const image = document.steps[0]?.image ?? "";
        await ec2.machine.shell(`until docker image inspect ${image} >/dev/null 2>&1; do sleep 0.1; done; sleep 2`, {
          seconds: 400,
        });
      }
      await ec2.powerCut();
      await ec2.machine.up();
      const seconds = await ec2.healthy(document.release, 900);
      const after = await keepsake(ec2);
      printFault({ fault: `power cut ${when}`, noticed: "nothing to notice", lost: lost(before, after), seconds });
      assert.deepEqual(after, before);
    });
  }
});
