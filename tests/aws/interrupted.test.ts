import assert from "node:assert/strict";

import { changed } from "../../scripts/lib/pulumi";
import { type Moment, type Victim, killedUpdate } from "./killed-update";
import { coldTimeout, measured, useBox } from "./shared";
import { twiceIn } from "./twice";

/** Ten moments of one way up: each update begins where the one before was killed. */
const victims: readonly Victim[] = ["engine", "provider", "program"];
const moments = Array.from({ length: 10 }, (_, index): Moment => {
  const victim = victims[index % victims.length] ?? "engine";
  return { victim, call: 3 + 2 * index, done: true };
});

/** What has no name of its own, or one with a random end: a stack cannot find what it made and did not record. */
const unrecordable = /^(vpc|subnet|security-group|internet-gateway|route-table|volume|instance|role|profile|s3): /;

// Left out: a subnet that was made and not recorded stops every later update (InvalidSubnet.Conflict), until the program takes it
// over or somebody deletes it, as docs/OPERATIONS.md says. Remove `.skip` with the first.
describe.skip("an update that is killed again and again, in the box with a played host [full]", function () {
  this.timeout(coldTimeout);
  const shared = useBox({ machines: false, played: "box" });

  it("goes on each time, and ends with one of everything that has a name", async () => {
    const { box, stack } = shared();
    for (const moment of moments) {
      const what = `killed: the ${moment.victim} at changing call ${moment.call}`;
      const { at, output } = await measured(box, what, () => killedUpdate(stack, box.front, moment));
      assert.ok(at !== undefined, `the update ended before its changing call ${moment.call}:\n${output}`);
      process.stdout.write(`      ${what}, ${at.service}:${at.action}\n`);
      if (moment.victim === "engine") await stack.pulumi("cancel", "--yes");
    }
    await measured(box, "killed: up after all that", () => stack.up());
    const { health, release } = await stack.outputs();
    assert.deepEqual([health.healthy, release], [true, box.played.get(stack.name)?.host.current]);
    assert.equal(changed(await stack.up()), false);
    await stack.pulumi("refresh", "--yes", "--skip-preview");
    await stack.pulumi("preview", "--expect-no-changes", "--diff");
    // Of what AWS names by an id, nobody knows that it was made when an answer is lost; by its tags it is found.
    const twice = await twiceIn(box, stack.name);
    process.stdout.write(`      twice, since no update has recorded the first one: ${twice.join(", ")}\n`);
    assert.deepEqual(
      twice.filter((it) => !unrecordable.test(it)),
      [],
    );
  });
});
