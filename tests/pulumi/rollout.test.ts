import assert from "node:assert/strict";

import type { HealthReport } from "../../components/health/report";
import { endLeftOver, killedUp } from "./killed";
import { type Outputs, RolloutStack, accessKey, images, rolloutType, secrets } from "./rollout-stack";

const updated = /Resources:\n +~ 1 updated\n +1 unchanged\n/;

/** The tests run in order on one rollout: each one depends on the one before. */
describe("a rollout to an EC2 host, driven by the real engine", function () {
  this.timeout(360_000);
  let stack: RolloutStack;
  let outputs: Outputs;

  before("up", async () => {
    stack = await RolloutStack.make();
    assert.match(await stack.up(), /Resources:\n +\+ 2 created\n/);
    outputs = await stack.outputs();
  });
  after("nothing stays", async () => {
    endLeftOver();
    await stack.remove();
  });

  afterEach("the host is well again", () => {
    stack.host.mend();
  });

  /** Asserts that the host runs the stored document, that the report matches, and that a preview shows no change. */
  const settled = async () => {
    const { rollouts, pending } = await stack.state();
    assert.deepEqual(pending, []);
    const [rollout] = rollouts;
    const { report, release } = rollout?.outputs as { report: HealthReport; release: string };
    assert.deepEqual([rollouts.length, rollout?.id, rollout?.initErrors], [1, stack.prefix, undefined]);
    assert.deepEqual([report.healthy, report.release, release], [true, release, stack.host.current]);
    assert.equal(stack.host.desired?.release, release);
    await stack.pulumi("preview", "--expect-no-changes");
  };

  it("reports both services' health in the documented shape, as the host told it", () => {
    const { health, release } = outputs;
    const { since, ...rest } = health;
    assert.equal(new Date(since).toISOString(), since);
    assert.match(release, /^[0-9a-f]{16}$/);
    assert.deepEqual(rest, {
      healthy: true,
      release,
      kernel: { release: "6.12.7-aws", btf: true, tracefs: false, psi: false, preflight: "passed" },
      cognitod: {
        ...{ status: "healthy", kernelInstrumentation: "attached", transport: "ringbuf", detail: "ready" },
        endpoint: "http://127.0.0.1:9464/readyz",
      },
      llama: {
        ...{ status: "healthy", model: "linnix-3b-distilled-q5_k_m", detail: "model loaded" },
        endpoint: "http://127.0.0.1:8090/health",
      },
    });
    assert.equal(stack.host.current, release);
    assert.deepEqual(stack.host.applied, [release]);
  });

  it("asks AWS with the credentials and at the endpoints of the stack's settings", () => {
    const { calls } = stack.host.server;
    assert.ok(calls.length > 0);
    const others = calls.filter(({ authorization }) => !authorization.includes(`Credential=${accessKey}/`));
    assert.deepEqual(others, []);
  });

  it("changes nothing when nothing has changed, and asks nothing of the host but its health", async () => {
    await stack.pulumi("preview", "--expect-no-changes");
    assert.match(await stack.up("--refresh"), /Resources:\n +2 unchanged\n/);
    assert.deepEqual(await stack.outputs(), outputs);
    assert.equal(stack.host.applied.length, 1);
  });

  it("shows a new release's document in the preview, and rolls it out in place", async () => {
    stack.set({ images: images("0b") });
    const shown = await stack.pulumi("preview", "--diff");
    assert.match(shown, new RegExp(`~ ${rolloutType}: \\(update\\)`));
    assert.match(shown, /~ document +: \{/);
    assert.match(shown, new RegExp(`~ release +: "${outputs.release}" => "[0-9a-f]{16}"`));
    assert.match(shown, /~ image +: "registry\.example\/linnix\/llama@sha256:(0a){32}" => ".*@sha256:(0b){32}"/);
    assert.doesNotMatch(shown, /replace|delete/);
    assert.equal(stack.host.applied.length, 1);

    assert.match(await stack.up(), updated);
    assert.notEqual(stack.host.current, outputs.release);
    await settled();
  });

  it("fails with service, probe's answer, log lines and what runs now, and the next update heals", async () => {
    const healthy = stack.host.current!;
    stack.set({ images: images("0c") });
    stack.host.refuses = ({ steps }) => steps.some(({ image }) => /llama@sha256:(0c){32}$/.test(image));
    const said = await stack.failingUp();
    const [broken] = stack.host.applied.slice(-1);
    assert.match(said, new RegExp(`release ${broken!} failed on i-0123 \\(probe: linnix-${stack.name}-llama: `));
    assert.match(said, /llama is not ready within 60 s/);
    assert.match(said, /probe's answer: 503 \{"error":\{"message":"Loading model"\}\}/);
    assert.match(said, /last log lines:\s+srv {2}llama_server: loading the model\s+srv {2}.*the weights are torn/);
    assert.match(said, new RegExp(`previous release ${healthy} is healthy again`));
    assert.equal(stack.host.current, healthy);
    const { rollouts } = await stack.state();
    assert.deepEqual([rollouts.length, rollouts[0]?.initErrors?.length], [1, 1]);

    stack.set({ images: images("0b") });
    assert.match(await stack.up(), updated);
    assert.equal(stack.host.current, healthy);
    await settled();
  });

  it("tells by a refresh that a service is sick; an update fails while it is, and heals once it isn't", async () => {
    stack.host.sick = true;
    await stack.pulumi("refresh", "--run-program", "--yes", "--skip-preview");
    const { health } = await stack.outputs();
    assert.deepEqual([health.healthy, health.cognitod.status], [false, "healthy"]);
    assert.deepEqual([health.llama.status, health.llama.detail], ["unhealthy", "Loading model"]);

    const said = await stack.failingUp("--refresh");
    assert.match(said, /llama is not ready[^]*probe's answer: 503[^]*weights are torn[^]*no previous release could be/);
    stack.host.mend();
    await stack.up("--refresh");
    await settled();
  });

  it("goes on from where an update was killed in the middle of the rollout", async () => {
    stack.set({ images: images("0d") });
    stack.host.pulls = 1000;
    await killedUp(stack, /rollout: pull: pulling llama/, stack.program);
    stack.host.mend();
    assert.match(await stack.failingUp(), /currently locked/);
    await stack.pulumi("cancel", "--yes");
    await stack.up();
    const [before, after] = stack.host.applied.slice(-2);
    assert.deepEqual([before, after], [stack.host.current, stack.host.current]);
    const written = stack.host.server.of("PutParameter").map(({ Value }) => Value);
    assert.equal(written.filter((value) => String(value).includes(`"release":"${after!}"`)).length, 1);
    await settled();
  });

  it("says what to do about a host that is stopped, and goes on when it is back [full]", async () => {
    stack.set({ images: images("0e") });
    Object.assign(stack.host.server.host, { registered: false, state: "stopped" });
    const said = await stack.failingUp();
    assert.match(
      said,
      /Instance i-0123 is stopped: start it with `aws ec2 start-instances --instance-ids i-0123 --reg/,
    );
    stack.host.mend();
    await stack.up();
    await settled();
  });

  it("says so when the host is gone, and rolls out to the one that takes its place", async () => {
    Object.assign(stack.host.server.host, { registered: false, state: "none" });
    const said = await stack.failingUp("--refresh");
    assert.match(said, /Instance i-0123 is not known in eu-west-1: `pulumi up --refresh` creates a new one/);
    stack.host.mend();
    stack.host.current = null;
    stack.set({}, "i-4567");
    stack.host.server.calls.splice(0);
    assert.match(await stack.up(), updated);
    const asked = stack.host.server.of("SendCommand").map(({ InstanceIds }) => InstanceIds);
    assert.deepEqual(asked, [["i-4567"], ["i-4567"]]);
    await settled();
  });

  it("shows no secret in the state, in a parameter, or in anything that any command printed", async () => {
    const { text } = await stack.state();
    const parameters = JSON.stringify([...stack.host.server.parameters]);
    assert.ok(text.includes(accessKey) && parameters.includes("desired") && stack.printed.includes("rollout: "));
    for (const secret of Object.values(secrets)) {
      for (const place of [text, parameters, stack.printed]) assert.equal(place.includes(secret), false, secret);
    }
  });

  it("leaves no parameter, and nothing on the host, when it is destroyed", async () => {
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.deepEqual([...stack.host.server.parameters.keys()], []);
    assert.equal(stack.host.current, null);
    assert.deepEqual((await stack.state()).resources, []);
  });
});

describe("a first rollout that is killed [full]", function () {
  this.timeout(360_000);
  let stack: RolloutStack;

  before("a stack", async () => {
    stack = await RolloutStack.make();
  });
  after("nothing stays", async () => {
    endLeftOver();
    await stack.remove();
  });

  it("is made by the next one", async () => {
    stack.host.pulls = 1000;
    await killedUp(stack, /rollout: pull: pulling llama/, stack.program);
    stack.host.mend();
    await stack.pulumi("cancel", "--yes");
    await stack.up();
    const { health, release } = await stack.outputs();
    assert.deepEqual([health.healthy, release], [true, stack.host.current]);
    assert.deepEqual(stack.host.applied, [release, release]);
    await stack.pulumi("preview", "--expect-no-changes");
  });

  it("leaves no parameter when it is destroyed, though its host is gone", async () => {
    Object.assign(stack.host.server.host, { registered: false, state: "none" });
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.match(stack.printed, /nothing removed on the host: Instance i-0123 is not known/);
    assert.deepEqual([...stack.host.server.parameters.keys()], []);
    assert.deepEqual((await stack.state()).resources, []);
  });
});
