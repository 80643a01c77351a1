import assert from "node:assert/strict";

import type { HostObservation } from "../../components/hosts/ec2/protocol";
import { faults } from "./faults";
import { type Host, host, since } from "./host";
import { keepsake, lost } from "./keepsake";
import { stack } from "./releases";
import { printFault } from "./report";

describe("a fault of the host", () => {
  let ec2: Host;

  before(async function () {
    ec2 = await host(this);
    await ec2.settled();
  });

  /** The last health report of the host. */
  const reported = async (): Promise<HostObservation> => {
    const text = (await ec2.world.control.parameter(`/linnix/${stack}/health`))?.Value;
    if (text === undefined) throw new Error("the host has reported nothing yet");
    return JSON.parse(text) as HostObservation;
  };

  for (const { name, breaks, notices, reports, heals } of faults) {
    it(`${name}: is noticed and healed, and nothing is lost`, async () => {
      const before = await keepsake(ec2);
      await breaks(ec2);
      if (reports) await ec2.machine.shell("systemctl start linnix-health.timer");
      let healing: number;
      let noticed = "over before anybody looks";
      try {
        if (notices !== undefined) {
          const found = (seen: HostObservation) => (seen.healthy ? undefined : notices(seen));
          await ec2.until("noticed", async () => {
            const seen = await ec2.status();
            noticed = found(seen) ?? noticed;
            return found(seen) !== undefined || JSON.stringify(seen);
          });
          if (reports) {
            const wasReported = async () => found(await reported()) !== undefined || JSON.stringify(await reported());
            noticed += `, reported after ${await ec2.until("reported by health", wasReported)} s`;
          }
        }
      } finally {
        healing = Date.now();
        await heals?.(ec2);
      }
      await ec2.healthy(undefined, 600);
      const seconds = since(healing);
      if (reports) {
        await ec2.machine.shell("systemctl stop linnix-health.timer; systemctl start linnix-health.service");
        const healed = async () => (await reported()).healthy || JSON.stringify(await reported());
        await ec2.until("reported as healed", healed);
      }
      const after = await keepsake(ec2);
      printFault({ fault: name, noticed, lost: lost(before, after), seconds });
      assert.deepEqual(after, before);
    });
  }
});
