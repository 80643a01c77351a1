import assert from "node:assert/strict";

import { projectFolder } from "../../scripts/lib/home";
import { changed } from "../../scripts/lib/pulumi";
import { tryRun } from "../../scripts/lib/run";
import { BoxStack } from "./box-stack";
import type { Call } from "./api/call";
import { errorAnswer, failFirst } from "./api/faults";
import { aws, leftIn } from "./left";
import { type StackPolicies, refusedCalls, stackPolicies } from "./permissions/check";
import { coldTimeout, measured, permissionsBoundary, useBox } from "./shared";
import { twiceIn } from "./twice";

type Outputs = Awaited<ReturnType<BoxStack["outputs"]>>;

/** Throttling as each service answers it; the provider takes a 400 for a bucket as its absence. */
const throttled = (call: Call) =>
  call.service === "s3"
    ? errorAnswer(call, "SlowDown", "Please reduce your request rate.", 503)
    : errorAnswer(call, "Throttling", "Rate exceeded");

/** The tests run in order on one stack: each one depends on the one before. */
describe("the stack dev in the box, with a played host", function () {
  this.timeout(15 * 60_000);
  const shared = useBox({ machines: false, played: "box" });
  let outputs: Outputs;
  let policies: StackPolicies;

  const step = <T>(what: string, body: () => Promise<T>) => measured(shared().box, what, body);
  const up = (what: string) => step(what, () => shared().stack.up());
  const played = () => shared().box.played.get(shared().stack.name)!;
  const planned = async () => (await shared().stack.preview()).map(({ op, name }) => `${op} ${name}`).sort();
  const unchanged = async () => {
    await shared().stack.pulumi("refresh", "--yes", "--skip-preview");
    await shared().stack.pulumi("preview", "--expect-no-changes", "--diff");
  };

  before("up", async function () {
    this.timeout(coldTimeout);
    const changes = await up("played: up of a new stack");
    assert.ok((changes.create ?? 0) > 40, JSON.stringify(changes));
    outputs = await shared().stack.outputs();
    policies = await stackPolicies(shared().stack);
  });

  it("is healthy, and runs the release that is stored", () => {
    assert.deepEqual([outputs.health.healthy, outputs.release], [true, played().host.current]);
  });

  it("answers the command of its outputs that asks for its status", async () => {
    const { stack } = shared();
    const options = { cwd: projectFolder, env: stack.environment };
    const { status, stdout, stderr } = await tryRun("sh", ["-c", outputs.commands.status ?? ""], options);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /cognitod +healthy/);
  });

  it("changes nothing when nothing has changed, also after a refresh", async () => {
    await step("played: preview, nothing changed", () =>
      shared().stack.pulumi("preview", "--expect-no-changes", "--diff"),
    );
    const changes = await up("played: up, nothing changed");
    assert.equal(changed(changes), false, JSON.stringify(changes));
    await step("played: refresh and preview", unchanged);
  });

  it("changes tags in place, and nothing else [full]", async () => {
    shared().stack.set({ tags: { CostCenter: "7" } });
    const steps = await planned();
    assert.ok(steps.length > 20);
    assert.deepEqual(
      steps.filter((it) => !it.startsWith("update ") || it === "update host-rollout"),
      [],
    );
    await up("played: up, another tag");
    await unchanged();
  });

  it("turns flow logs on and off in place [full]", async () => {
    shared().stack.set({ flowLogs: true });
    const on = await planned();
    assert.ok(on.length > 0 && on.every((it) => it.startsWith("create ")), JSON.stringify(on));
    await up("played: up, flow logs on");
    shared().stack.set({ flowLogs: null });
    assert.deepEqual(
      await planned(),
      on.map((it) => it.replace("create ", "delete ")),
    );
    await up("played: up, flow logs off");
    await unchanged();
  });

  it("shows a changed file of the host as bundle and release, and rolls it out on the same instance [full]", async () => {
    const { stack } = shared();
    const before = await stack.outputs();
    stack.edit("host/each-minute.sh", "#!/bin/sh\n", "#!/bin/sh\n# changed by a test\n");
    const steps = await planned();
    assert.deepEqual([...new Set(steps.map((it) => it.split(" ")[1]))], ["host-bundle-bundle", "host-rollout"]);
    await up("played: up, a changed file of the host");
    const now = await stack.outputs();
    assert.notEqual(now.release, before.release);
    assert.deepEqual([now.instance?.id, now.release], [before.instance?.id, played().host.current]);
    await unchanged();
  });

  it("grows both volumes in place [full]", async () => {
    shared().stack.set({ dataGiB: 12, rootGiB: 24 });
    assert.deepEqual(await planned(), ["update host-instance-debian13-amd64", "update host-storage-volume"]);
    await up("played: up, larger volumes");
    await unchanged();
  });

  it("gives the same host another type [full]", async () => {
    shared().stack.set({ instanceType: "t3.xlarge" });
    const steps = await planned();
    assert.ok(steps.includes("update host-instance-debian13-amd64"), JSON.stringify(steps));
    assert.ok(
      steps.every((it) => it.startsWith("update ")),
      JSON.stringify(steps),
    );
    await up("played: up, another type");
    const now = await shared().stack.outputs();
    assert.deepEqual([now.instance?.id, now.instance?.type], [outputs.instance?.id, "t3.xlarge"]);
    await unchanged();
  });

  it("refuses in the plan what a protected stack would lose, and accepts it unprotected [full]", async () => {
    const { box, stack } = shared();
    stack.set({ protect: true });
    await up("played: up, protected");
    stack.set({ vpcCidr: "10.43.0.0/24" });
    const { status, stdout, stderr } = await stack.tryPulumi("preview");
    assert.notEqual(status, 0);
    assert.match(`${stdout}${stderr}`, /is currently marked for protection/);
    const before = box.front.calls.length;
    assert.match(await stack.failingUp(), /is currently marked for protection/);
    const destroyed = await stack.tryPulumi("destroy", "--yes", "--skip-preview");
    assert.notEqual(destroyed.status, 0);
    assert.match(`${destroyed.stdout}${destroyed.stderr}`, /protect/);
    const losses = box.front.calls.slice(before).filter(({ action }) => /^(Delete|Terminate|Stop|Detach)/.test(action));
    assert.deepEqual(losses, []);
    stack.set({ vpcCidr: null, protect: null });
    await up("played: up, unprotected");
    assert.equal((await stack.outputs()).instance?.id, outputs.instance?.id);
    await unchanged();
  });

  it("keeps a host that was stopped by hand, and says how to start it [full]", async () => {
    const { box, stack } = shared();
    const id = outputs.instance?.id ?? "";
    await aws(box, "ec2", "StopInstances", { "InstanceId.1": id });
    played().host.server.host.registered = false;
    const said = await step("played: up --refresh, the host stopped", () => stack.failingUp("--refresh"));
    assert.match(said, new RegExp(`Instance ${id} is stopped: start it with .aws ec2 start-instances`));
    await aws(box, "ec2", "StartInstances", { "InstanceId.1": id });
    played().host.mend();
    await step("played: up --refresh, the host started", () => stack.up("--refresh"));
    assert.equal((await stack.outputs()).instance?.id, id);
    await unchanged();
  });

  it("heals what was changed by hand: an open security group, a deleted alarm, a terminated host [full]", async () => {
    const { box, stack } = shared();
    const { instance, alarms = [] } = outputs;
    const groups = await aws(box, "ec2", "DescribeInstances", { "InstanceId.1": instance?.id ?? "" });
    const group = /<groupId>(sg-\w+)</.exec(groups)?.[1] ?? "";
    const opened = { IpProtocol: "tcp", FromPort: "22", ToPort: "22", "IpRanges.1.CidrIp": "0.0.0.0/0" };
    const rule = Object.fromEntries(Object.entries(opened).map(([key, value]) => [`IpPermissions.1.${key}`, value]));
    await aws(box, "ec2", "AuthorizeSecurityGroupIngress", { GroupId: group, ...rule });
    await aws(box, "monitoring", "DeleteAlarms", { "AlarmNames.member.1": alarms[0] ?? "" });
    await aws(box, "ec2", "TerminateInstances", { "InstanceId.1": instance?.id ?? "" });
    Object.assign(played().host, { current: null });
    const late = failFirst(
      box.front,
      2,
      ({ action }) => action === "RunInstances",
      (call) =>
        errorAnswer(
          call,
          "InvalidParameterValue",
          "Value (linnix) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        ),
    );
    await step("played: up --refresh, drift healed", () => stack.up("--refresh"));
    assert.equal(late(), 2, "a profile that appears late is waited for");
    const now = await stack.outputs();
    assert.notEqual(now.instance?.id, instance?.id);
    assert.equal(now.health.healthy, true);
    const after = await aws(box, "ec2", "DescribeSecurityGroups", { "GroupId.1": group });
    assert.doesNotMatch(after, /<fromPort>22</);
    assert.match(await aws(box, "monitoring", "DescribeAlarms", {}), new RegExp(`<AlarmName>${alarms[0] ?? ""}<`));
    outputs = now;
    await unchanged();
  });

  it("reports a limit of the account at once, and waits for capacity [full]", async () => {
    const { box, stack } = shared();
    await aws(box, "ec2", "TerminateInstances", { "InstanceId.1": outputs.instance?.id ?? "" });
    Object.assign(played().host, { current: null });
    const starts = ({ action }: Call) => action === "RunInstances";
    const refused = failFirst(box.front, Infinity, starts, (call) =>
      errorAnswer(call, "VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit."),
    );
    const said = await step("played: up --refresh, over the limit", () => stack.failingUp("--refresh"));
    assert.equal(refused(), 1);
    assert.match(said, /VcpuLimitExceeded/);
    box.front.handlers.shift();
    // The provider itself tries again, until its time for a host is over.
    const none = failFirst(box.front, 2, starts, (call) =>
      errorAnswer(call, "InsufficientInstanceCapacity", "We currently do not have sufficient t3.xlarge capacity.", 500),
    );
    await step("played: up, capacity at the third request", () => stack.up());
    assert.equal(none(), 2);
    outputs = await stack.outputs();
    assert.equal(outputs.health.healthy, true);
    assert.deepEqual(await twiceIn(box, stack.name), []);
    await unchanged();
  });

  it("retries throttled calls and server errors [full]", async () => {
    const { box, stack } = shared();
    const some: () => number = failFirst(
      box.front,
      12,
      ({ action }) => /^(Describe|Get|List)/.test(action),
      (call) => (some() % 2 === 0 ? throttled(call) : errorAnswer(call, "InternalError", "an internal error", 500)),
    );
    await step("played: up --refresh, 12 calls failing", () => stack.up("--refresh"));
    assert.equal(some(), 12);
    await unchanged();
  });

  it("reports an expired token once, and goes on with a new one [full]", async () => {
    const { box, stack } = shared();
    const forgotten = failFirst(
      box.front,
      Infinity,
      () => true,
      (call) =>
        errorAnswer(
          call,
          call.service === "ec2" ? "RequestExpired" : "ExpiredToken",
          "The security token included in the request is expired",
          403,
        ),
    );
    const said = await stack.failingUp();
    assert.match(said, /expired/i);
    assert.ok(forgotten() > 0);
    box.front.handlers.shift();
    await unchanged();
  });

  it("has another stack beside it without a clash [full]", async () => {
    const { box, stack, needs } = shared();
    const own = await leftIn(box, stack.name);
    await box.play("box2");
    const other = await BoxStack.make("box2", needs);
    try {
      other.set({ permissionsBoundary });
      await step("played: up of another stack", () => other.up());
      assert.equal((await other.outputs()).health.healthy, true);
      assert.deepEqual(await leftIn(box, stack.name), own);
      await unchanged();
      await step("played: destroy of another stack", () => other.pulumi("destroy", "--yes", "--skip-preview"));
      assert.deepEqual(await leftIn(box, other.name), []);
      assert.deepEqual(await leftIn(box, stack.name), own);
      await unchanged();
    } finally {
      other.remove();
    }
  });

  it("leaves nothing when it is destroyed", async () => {
    const { box, stack } = shared();
    await step("played: destroy", () => stack.pulumi("destroy", "--yes", "--skip-preview"));
    assert.deepEqual(await leftIn(box, stack.name), []);
  });

  it("made no call that AWS would deny to the deployer", async () => {
    const { denied, unrecorded } = await refusedCalls(shared().box.front.calls, "deployer", policies);
    assert.deepEqual(denied, []);
    assert.deepEqual(unrecorded, [], "add these to tests/aws/permissions/evidence.json");
  });
});
