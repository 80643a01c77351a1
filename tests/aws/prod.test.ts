import assert from "node:assert/strict";
import * as path from "node:path";

import { projectFolder } from "../../scripts/lib/home";
import { changed } from "../../scripts/lib/pulumi";
import { readStackFile } from "../../scripts/lib/stack-file";
import { leftIn } from "./left";
import { type StackPolicies, refusedCalls, stackPolicies } from "./permissions/check";
import { coldTimeout, measured, useBox } from "./shared";

/** The tests run in order on one stack: each one depends on the one before. */
describe("the stack prod in the box, with a played host [full]", function () {
  this.timeout(20 * 60_000);
  const shared = useBox({ machines: false, played: "box" });
  let policies: StackPolicies;

  const step = <T>(what: string, body: () => Promise<T>) => measured(shared().box, what, body);

  before("up", async function () {
    this.timeout(coldTimeout);
    const { stack } = shared();
    const { raw } = readStackFile(path.join(projectFolder, "Pulumi.prod.yaml"));
    stack.set(raw);
    const changes = await step("prod, played: up of a new stack", () => stack.up());
    assert.ok((changes.create ?? 0) > 50, JSON.stringify(changes));
    policies = await stackPolicies(stack);
  });

  it("changes nothing when nothing has changed, also after a refresh", async () => {
    const { stack } = shared();
    const changes = await step("prod, played: up, nothing changed", () => stack.up());
    assert.equal(changed(changes), false, JSON.stringify(changes));
    await stack.pulumi("refresh", "--yes", "--skip-preview");
    await stack.pulumi("preview", "--expect-no-changes", "--diff");
  });

  it("refuses to be destroyed, in the plan", async () => {
    const { stack, box } = shared();
    const before = box.front.calls.length;
    const { status, stdout, stderr } = await stack.tryPulumi("destroy", "--yes", "--skip-preview");
    assert.notEqual(status, 0);
    assert.match(`${stdout}${stderr}`, /protect/);
    const changes = box.front.calls.slice(before).filter(({ action }) => /^(Delete|Terminate|Stop)/.test(action));
    assert.deepEqual(changes, []);
  });

  it("is destroyed once it is unprotected, and leaves only the last snapshot and the key until its deletion", async () => {
    const { stack, box } = shared();
    stack.set({ protect: false });
    await step("prod, played: up, unprotected", () => stack.up());
    await step("prod, played: destroy", () => stack.pulumi("destroy", "--yes", "--skip-preview"));
    assert.deepEqual(await leftIn(box, stack.name), []);
  });

  it("made no call that AWS would deny to the deployer", async () => {
    const { denied, unrecorded } = await refusedCalls(shared().box.front.calls, "deployer", policies);
    assert.deepEqual(denied, []);
    assert.deepEqual(unrecorded, [], "add these to tests/aws/permissions/evidence.json");
  });
});
