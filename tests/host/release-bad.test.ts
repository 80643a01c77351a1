import assert from "node:assert/strict";

import type { DesiredState } from "../../components/hosts/ec2/protocol";
import { type Host, host } from "./host";
import type { Variant } from "./images";
import { keepsake, lost } from "./keepsake";
import { changed, release } from "./releases";
import { printFault } from "./report";

/** A release that can't become healthy. */
interface Bad {
  /** Ends in `[full]` where the short set leaves it out. */
  readonly name: string;
  readonly document: (ec2: Host, good: DesiredState) => DesiredState | Promise<DesiredState>;
  /** Pattern of the expected standard error. */
  readonly says: RegExp;
  /** The probe's response or log lines that it must contain. */
  readonly shows?: RegExp;
  readonly breaks?: (ec2: Host) => Promise<unknown>;
  readonly heals?: (ec2: Host) => Promise<unknown>;
}

const withImage = async (ec2: Host, part: "cognitod" | "llama", variant: Variant): Promise<DesiredState> =>
  release({ images: { ...ec2.images, [part]: await ec2.variant(variant) } });

const ballast = "/var/ballast";
/** Leaves 10 MB free, including the blocks that are reserved for root, because the engine runs as root. */
const fill = `fallocate --length $(($(stat --file-system --format '%f * %S' /) - 10000000)) ${ballast}`;

const bad: readonly Bad[] = [
  {
    name: "cognitod crashing",
    document: (ec2) => withImage(ec2, "cognitod", "crashing"),
    // The machine's speed decides which of the two comes first.
    says: /linnix-dev-cognitod (keeps exiting|is not ready within 25 s) \((running|\w+ \(exit status 2\))\)/,
    shows: /usage: http-probe/,
  },
  {
    name: "llama never ready [full]",
    document: (ec2) => withImage(ec2, "llama", "deaf"),
    says: /linnix-dev-llama is not ready within 25 s \(running\)/,
  },
  {
    name: "llama's health answer endless [full]",
    document: (ec2) => withImage(ec2, "llama", "endless"),
    says: /linnix-dev-llama is not ready within 25 s \(running\)/,
    shows: /the probe's answer: 0 docker printed more than \d+ bytes/,
  },
  {
    name: "eBPF programs not attached [full]",
    document: (ec2) => withImage(ec2, "cognitod", "blind"),
    says: /linnix-dev-cognitod is not ready within 25 s \(running\)/,
    shows: /the probe's answer: 503 .*"kernel_instrumentation":"unavailable"/,
  },
  {
    name: "a digest that no image has [full]",
    document: (ec2) => {
      const cognitod = ec2.images.cognitod.replace(/[0-9a-f]{64}$/, "0".repeat(64));
      return release({ images: { ...ec2.images, cognitod } });
    },
    says: /manifest unknown.*run pulumi up to push the missing image/,
  },
  {
    name: "the registry gone [full]",
    document: (ec2) => withImage(ec2, "cognitod", "changedAgain"),
    breaks: (ec2) => ec2.world.gate("registry", "refuse"),
    heals: (ec2) => ec2.world.gate("registry", "open"),
    says: /check that the host can reach this address, on its port/,
  },
  {
    name: "the root volume full [full]",
    document: (ec2) => withImage(ec2, "llama", "large"),
    breaks: (ec2) => ec2.machine.shell(fill),
    heals: (ec2) => ec2.machine.shell(`rm --force ${ballast}`),
    says: /no space left on device/i,
  },
];

describe("a release that is not healthy is taken back", () => {
  let ec2: Host;
  let good: DesiredState;

  before(async function () {
    ec2 = await host(this);
    good = await ec2.settled();
  });

  for (const { name, document, says, shows, breaks, heals } of bad) {
    it(`${name}: fails, says why, and the one before it is healthy`, async () => {
      const next = changed(await document(ec2, good), { deadlineSeconds: 25 });
      const before = await keepsake(ec2);
      await breaks?.(ec2);
      const applied = await ec2.apply(next).finally(() => heals?.(ec2));
      const { status, stderr, result } = applied;
      assert.equal(status, 1, stderr);
      assert.match(stderr, says);
      if (shows !== undefined) assert.match(stderr, shows);
      assert.deepEqual([result.release, result.outcome, result.restored], [next.release, "rolled-back", good.release]);
      assert.match(JSON.stringify(result), says);
      const seconds = await ec2.healthy(good.release);
      const noticed = stderr.split("\n").find((line) => says.test(line)) ?? "";
      const after = await keepsake(ec2);
      printFault({ fault: `release: ${name}`, noticed, lost: lost(before, after), seconds });
      assert.deepEqual(after, before);
    });
  }

  it("a document that was changed on its way: is refused as bad input, and nothing is touched", async () => {
    const before = await keepsake(ec2);
    const { status, stderr } = await ec2.apply({ ...good, deadlineSeconds: 1 });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /release = [0-9a-f]{16}: must be [0-9a-f]{16}/);
    await ec2.desire(good);
    printFault({
      fault: "release: a document changed on its way",
      noticed: stderr.trim(),
      lost: lost(before, await keepsake(ec2)),
      seconds: await ec2.healthy(good.release),
    });
  });
});
