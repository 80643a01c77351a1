import assert from "node:assert/strict";

import { changed } from "../../scripts/lib/pulumi";
import type { RecordedCall } from "./api/front";
import type { BoxStack } from "./box-stack";
import { commandAnswers } from "./command-answers";
import { leftIn } from "./left";
import { type StackPolicies, refusedCalls, stackPolicies } from "./permissions/check";
import { coldTimeout, measured, useBox } from "./shared";

type Outputs = Awaited<ReturnType<BoxStack["outputs"]>>;

const http = "sample/daemon/cognitod/src/http.rs";

/** The tests run in order on one stack: each one depends on the one before. */
describe("the stack dev in the box, with a machine", function () {
  this.timeout(45 * 60_000);
  const shared = useBox({ machines: true });
  let outputs: Outputs;
  let policies: StackPolicies;
  let boots: number;
  let persons: readonly RecordedCall[] = [];

  const machine = () => {
    const found = shared().box.launcher?.machine(outputs.instance?.id ?? "");
    assert.ok(found !== undefined, "the instance has no machine");
    return found;
  };
  const step = <T>(what: string, body: () => Promise<T>) => measured(shared().box, what, body);
  const up = (what: string) => step(what, () => shared().stack.up());

  before("up", async function () {
    this.timeout(coldTimeout);
    const changes = await up("up of a new stack");
    assert.ok((changes.create ?? 0) > 40, JSON.stringify(changes));
    outputs = await shared().stack.outputs();
    policies = await stackPolicies(shared().stack);
    boots = shared().box.launcher?.boots ?? 0;
  });

  it("boots one host, rolls the release out to it, and reports both services healthy", async () => {
    const { health, release } = outputs;
    assert.equal(health.healthy, true, JSON.stringify(health));
    assert.deepEqual([health.release, health.cognitod.status, health.llama.status], [release, "healthy", "healthy"]);
    assert.equal(boots, 1);
    assert.equal(await machine().shell("cat /sys/class/dmi/id/product_name"), outputs.instance?.type);
    const observed = JSON.parse(await machine().shell("linnix-release status --json", { seconds: 180 })) as {
      release: string;
    };
    assert.equal(observed.release, release);
  });

  it("pulled each image by the digest that was pushed", async () => {
    for (const { name, digest } of outputs.images) {
      const image = await machine().shell(`docker inspect --format '{{.Config.Image}}' linnix-box-${name}`);
      assert.equal(image, digest);
      assert.match(image, /^123456789012\.dkr\.ecr\.us-east-1\.amazonaws\.com\/linnix-box\//);
    }
  });

  it("answers every command that its outputs name", async () => {
    const { box, stack } = shared();
    const before = box.front.calls.length;
    const answers = await commandAnswers(stack, outputs, machine());
    // `aws logs tail` is a person's command, which runs in the machine here, by the host's name.
    persons = box.front.calls.slice(before).filter(({ action }) => action === "FilterLogEvents");
    assert.ok(Object.keys(answers).length > 6);
    for (const [name, { status, stdout, stderr }] of Object.entries(answers))
      assert.equal(status, 0, `${name}: ${outputs.commands[name]}\n${stdout}${stderr}`);
    const insight = JSON.parse(answers.insight?.stdout ?? "") as { summary: string };
    assert.doesNotMatch(insight.summary, /^LLM (API error|response format error)/);
  });

  it("changes nothing when nothing has changed, also after a refresh", async () => {
    await step("preview, nothing changed", () => shared().stack.pulumi("preview", "--expect-no-changes", "--diff"));
    const changes = await up("up, nothing changed");
    assert.equal(changed(changes), false, JSON.stringify(changes));
    await step("refresh and preview", async () => {
      await shared().stack.pulumi("refresh", "--yes", "--skip-preview");
      await shared().stack.pulumi("preview", "--expect-no-changes", "--diff");
    });
  });

  it("shows a changed source line as image and release, and rolls it out on the same instance", async () => {
    const { stack, box } = shared();
    const line = "sample daemon, not Linnix";
    stack.edit("sample/daemon/cognitod/src/main.rs", line, `${line}; changed by a test`);
    const planned = await step("preview of a changed line", () => stack.preview());
    assert.deepEqual(
      planned.map(({ op, name }) => `${op} ${name}`).sort(),
      ["update cognitod-build", "update host-rollout"],
      JSON.stringify(planned),
    );
    await up("up, a changed line");
    const now = await stack.outputs();
    assert.equal(now.health.healthy, true);
    assert.notEqual(now.release, outputs.release);
    assert.equal(now.instance?.id, outputs.instance?.id);
    assert.equal(box.launcher?.boots, boots);
    assert.match(await machine().shell("docker logs linnix-box-cognitod 2>&1 | head -n 20"), /changed by a test/);
    outputs = now;
  });

  it("fails for a release that never gets ready, names service and answer, and keeps the old one running", async () => {
    const { stack } = shared();
    stack.set({ healthTimeout: 60 });
    stack.edit(http, "failure.is_none() || !required", "failure.is_none() && !required");
    const said = await step("up, a release that never gets ready", () => stack.failingUp());
    assert.match(said, /release [0-9a-f]{16} failed on i-[0-9a-f]+ \(probe: linnix-box-cognitod: /);
    assert.match(said, /probe's answer: 503/);
    assert.match(said, /last log lines:/);
    assert.match(said, new RegExp(`previous release ${outputs.release} is healthy again`));
    assert.equal(await machine().shell("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9464/readyz"), "200");
    stack.edit(http, "failure.is_none() && !required", "failure.is_none() || !required");
    stack.edit("host/each-minute.sh", "#!/bin/sh\n", "#!/bin/sh\n# changed by a test\n");
    await up("up, the release fixed, and a changed file of the host");
    assert.match(await machine().shell("head -n 2 /usr/local/lib/linnix/current/each-minute"), /changed by a test/);
    const now = await stack.outputs();
    assert.equal(now.health.healthy, true);
    assert.equal(now.instance?.id, outputs.instance?.id);
    outputs = now;
  });

  it("leaves nothing when it is destroyed", async () => {
    const { box, stack } = shared();
    await step("destroy", () => stack.pulumi("destroy", "--yes", "--skip-preview"));
    assert.deepEqual(await leftIn(box, stack.name), []);
  });

  for (const who of ["host", "deployer"] as const) {
    it(`made no call that AWS would deny to the ${who}`, async () => {
      const calls = shared().box.front.calls.filter((call) => !persons.includes(call));
      const { denied, unrecorded } = await refusedCalls(calls, who, policies);
      assert.deepEqual(denied, []);
      assert.deepEqual(unrecorded, [], "add these to tests/aws/permissions/evidence.json");
    });
  }
});
