import assert from "node:assert/strict";

import type { DesiredState } from "../../components/services/desired-state";
import { type Host, host } from "./host";
import type { Variant } from "./images";
import { keepsake, lost } from "./keepsake";
import { changed, release } from "./releases";
import { printFault } from "./report";

/** A release that can't become healthy. */
interface Bad {
  readonly name: string;
  readonly document: (ec2: Host, good: DesiredState) => DesiredState | Promise<DesiredState>;
  /** What standard error must say. */
  readonly says: RegExp;
  /** The probe's answer or log lines that must come with it. */
  readonly shows?: RegExp;
  readonly breaks?: (ec2: Host) => Promise<unknown>;
  readonly heals?: (ec2: Host) => Promise<unknown>;
}

const withImage = async (ec2: Host, part: "cognitod" | "llama", variant: Variant): Promise<DesiredState> =>
  release({ images: { ...ec2.images, [part]: await ec2.variant(variant) } });

const ballast = "/var/ballast";
/** Leaves 10 MB, of what the file system keeps for root too: the engine is root. */
const fill = `fallocate --length $(($(stat --file-system --format '%f * %S' /) - 10000000)) ${ballast}`;

const bad: readonly Bad[] = [
  {
    name: "cognitod crashing",
    document: (ec2) => withImage(ec2, "cognitod", "crashing"),
    // Which of the two comes first is a matter of how fast the machine is.
    says: /linnix-dev-cognitod (keeps ending|is not ready within 25 s) \((running|\w+ \(exit status 2\))\)/,
    shows: /usage: http-probe/,
  },
  {
    name: "llama never ready",
    document: (ec2) => withImage(ec2, "llama", "deaf"),
    says: /linnix-dev-llama is not ready within 25 s \(running\)/,
  },
  {
    name: "eBPF programs not attached",
    document: (ec2) => withImage(ec2, "cognitod", "blind"),
    says: /linnix-dev-cognitod is not ready within 25 s \(running\)/,
    shows: /the probe's answer: 503 .*"kernel_instrumentation":"unavailable"/,
  },
  {
    name: "a digest that no image has",
    document: (ec2) => {
      const cognitod = ec2.images.cognitod.replace(/[0-9a-f]{64}$/, "0".repeat(64));
      return release({ images: { ...ec2.images, cognitod } });
    },
    says: /manifest unknown.*pulumi up pushes what is missing/,
  },
  {
    name: "the registry gone",
    document: (ec2) => withImage(ec2, "cognitod", "changedAgain"),
    breaks: (ec2) => ec2.world.gate("registry", "refuse"),
    heals: (ec2) => ec2.world.gate("registry", "open"),
    says: /check the host's way to port 443/,
  },
  {
    name: "the root volume full",
    document: (ec2) => withImage(ec2, "llama", "large"),
    breaks: (ec2) => ec2.machine.shell(fill),
    heals: (ec2) => ec2.machine.shell(`rm --force ${ballast}`),
    says: /no space left on device/i,
  },
];

describe("a release that is not healthy is taken back", () => {
  let ec2: Host;
  let good: DesiredState;

  before(async () => {
    ec2 = await host();
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
