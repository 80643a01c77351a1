import assert from "node:assert/strict";

import { faults } from "./faults";
import { type Host, host } from "./host";
import { keepsake, lost } from "./keepsake";
import { stack } from "./releases";
import { printFault } from "./report";

describe("a fault of the host", () => {
  let ec2: Host;

  before(async function () {
    this.timeout(45 * 60_000);
    ec2 = await host();
    await ec2.settled();
  });

  /** What the host told last, without being asked. */
  const reported = async (): Promise<string> =>
    (await ec2.world.control.parameter(`/linnix/${stack}/health`))?.Value ?? "";

  for (const { name, breaks, notices, reports, heals } of faults) {
    it(`${name}: is noticed and healed, and nothing is lost`, async () => {
      const before = await keepsake(ec2);
      if (reports) await ec2.machine.shell("systemctl start linnix-health.timer");
      await breaks(ec2);
      let noticed = "over before anybody looks";
      try {
        if (notices !== undefined) {
          const sees = async () => {
            const seen = await ec2.status();
            const text = JSON.stringify(seen);
            if (!notices.test(text) || seen.healthy) return text;
            noticed = seen.problems.find((it) => notices.test(it)) ?? notices.exec(text)?.[0] ?? "";
            return true as const;
          };
          await ec2.until(`noticed: ${notices.source}`, sees);
        }
        if (reports && notices !== undefined) {
          const told = async () => {
            const text = await reported();
            return (notices.test(text) && text.includes('"healthy":false')) || text;
          };
          noticed += `, reported after ${await ec2.until("reported by health", told)} s`;
        }
      } finally {
        await heals?.(ec2);
      }
      const seconds = await ec2.healthy(undefined, 600);
      if (reports) {
        const text = async () => (await reported()).includes('"healthy":true') || (await reported());
        await ec2.until("reported as healed", text);
      }
      const after = await keepsake(ec2);
      printFault({ fault: name, noticed, lost: lost(before, after), seconds });
      assert.deepEqual(after, before);
    });
  }
});
