import assert from "node:assert/strict";

import { explainFailure } from "../../../../../../components/hosts/ec2/rollout/result";
import { changeScripts } from "../../../../../../components/hosts/ec2/rollout/change";
import { executionSeconds, rollOut } from "../../../../../../components/hosts/ec2/rollout/roll-out";
import type { RolloutContext } from "../../../../../../components/hosts/ec2/rollout/ssm";
import type { DesiredState } from "../../../../../../components/hosts/ec2/protocol";
import { Rolling, document, inputs, isStatus, packed, view, well } from "../../../../../fixtures/rolling";
import { changeIn } from "../../../../../fixtures/ssm-document";
import type { SsmServer } from "../../../../../fixtures/ssm-server";

describe("a rollout", () => {
  let rolling: Rolling;
  let server: SsmServer;
  let tools: RolloutContext;
  beforeEach(async () => {
    rolling = new Rolling();
    await rolling.start();
    ({ server, tools } = rolling);
  });
  afterEach(() => rolling.stop());

  const refused = async (): Promise<string> => {
    const outcome = await rollOut(tools, inputs, undefined).then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
    assert.notEqual(outcome, "", "the rollout did not fail");
    return outcome;
  };

  it("stores the document, has the host apply exactly that, and reports what runs", async () => {
    const report = await rollOut(tools, inputs, undefined);
    assert.deepEqual([report.healthy, report.release, report.kernel.preflight], [true, "release-2", "passed"]);
    assert.deepEqual(JSON.parse(server.parameters.get("/linnix/dev/desired")!.value), document);
    assert.deepEqual(
      server.of("PutParameter").map(({ Name, Type, Tier, Overwrite }) => [Name, Type, Tier, Overwrite]),
      [["/linnix/dev/desired", "String", "Intelligent-Tiering", true]],
    );
    assert.deepEqual(changeIn(server.scripts[0]!), { release: "release-2", lines: changeScripts.apply });
    const [command] = server.of("SendCommand");
    // After a stop and a start, an agent takes minutes to fetch its commands.
    assert.deepEqual([command!.DocumentName, command!.TimeoutSeconds], ["linnix-dev-change", 600]);
  });

  it("writes the document once: after an interruption, only the command is sent again", async () => {
    await rollOut(tools, inputs, undefined);
    await rollOut(tools, inputs, undefined);
    assert.equal(server.of("PutParameter").length, 1);
    assert.equal(server.of("SendCommand").filter(({ DocumentName }) => DocumentName === "linnix-dev-change").length, 2);
  });

  describe("allows time", () => {
    const minutes = 60;
    const step = (kind: string, timeoutSeconds: number) => ({ kind, timeoutSeconds }) as DesiredState["steps"][number];

    it("for first boot, images, and the services' set-up, twice: the previous release is restored", () => {
      // Packages of 300 MB and images of 1 GB, over the 10 Mbit/s that the smallest hosts have at least.
      const [firstBoot, pulling, settingUp, deadline] = [10 * minutes, 20 * minutes, 4 * minutes, 300];
      assert.ok(executionSeconds(document, deadline) >= firstBoot + pulling + 2 * (settingUp + deadline));
    });

    it("for each step that runs once, and for the services' deadline twice", () => {
      const bare = executionSeconds(document, 0);
      const steps = [step("once", 3600), step("once", 60), step("service", 1000)];
      assert.equal(executionSeconds({ ...document, steps }, 300), bare + 3660 + 600);
    });

    it("that Systems Manager gives the command", async () => {
      await rollOut(tools, inputs, undefined);
      const [command] = server.of("SendCommand");
      const { executionTimeout } = command!.Parameters as { executionTimeout: string[] };
      assert.deepEqual(executionTimeout, [String(executionSeconds(document, inputs.deadlineSeconds))]);
    });
  });

  it("prints each step of the host once, and nothing of an earlier release", async () => {
    const name = "/linnix/dev/result";
    const result = { release: "release-2", outcome: "running", step: null, detail: "", log: [], answer: null };
    server.write(name, { ...result, phase: "done", detail: "stale" });
    server.host.looks = 4;
    const phases = [{ release: "release-1", phase: "done" }, { phase: "pull", detail: "cognitod" }, { phase: "probe" }];
    server.host.onLook = (left) => {
      if (left > 0 && left < 4) server.write(name, { ...result, ...phases[3 - left] });
    };
    await rollOut(tools, inputs, undefined);
    assert.deepEqual(rolling.said, ["pull: cognitod", "probe", "both services are healthy"]);
  });

  it("fails with service, probe's answer, log lines, and the release that runs now", async () => {
    rolling.onCommand(() => {
      server.write("/linnix/dev/result", {
        release: "release-2",
        outcome: "rolled-back",
        phase: "probe",
        step: "linnix-dev-llama",
        ...{
          detail: "never ready",
          answer: { status: 503, body: "loading" },
          log: ["one", "two"],
          restored: "release-1",
        },
      });
      return { status: "Failed", exitCode: 1, stderr: "in the end\n" };
    });
    const text = await refused();
    assert.match(text, /release-2 failed on i-1 \(probe: linnix-dev-llama: never ready\)/);
    assert.match(text, /probe's answer: 503 loading\n {2}last log lines:\n {4}one\n {4}two/);
    assert.match(text, /previous release release-1 is healthy again/);
    assert.match(text, /npm run status -- dev\n.*ssm start-session --region eu-west-1 --target i-1/);
  });

  it("reports that no previous release could be restored, with the command's standard error", async () => {
    rolling.onCommand(() => ({ status: "Failed", exitCode: 2, stderr: "desired: bad hash\n" }));
    assert.match(
      await refused(),
      /exit status 2\n {2}standard error:\n {4}desired: bad hash\n {2}no previous release could be/,
    );
  });

  it("recognises a host whose first boot installed no linnix-release", async () => {
    rolling.onCommand(() => ({ status: "Failed", exitCode: 127 }));
    assert.match(await refused(), /linnix-release is missing or broken on i-1: the first boot failed/);
  });

  for (const [status, expected] of [
    ["TimedOut", /release-2 on i-1 exceeded the time limit of its command/],
    ["Cancelled", /the command that rolls release release-2 out on i-1 was cancelled/],
  ] as const) {
    it(`reports a command that ${status === "Cancelled" ? "was cancelled" : "timed out"}`, async () => {
      rolling.onCommand(() => ({ status, exitCode: -1 }));
      assert.match(await refused(), expected);
    });

    it(`does not claim that the host goes on after a command that ${status === "Cancelled" ? "was cancelled" : "timed out"}`, () => {
      const about = { release: "r", instanceId: "i-1", stack: "dev", region: "eu-west-1" };
      const invocation = { status, exitCode: -1, stderr: "", stdout: "", detail: "" };
      const result = {
        release: "r",
        outcome: "running",
        phase: "pull",
        detail: "an image",
        step: null,
        answer: null,
      } as const;
      const text = explainFailure(about, invocation, { ...result, log: [], restored: null, at: "", seconds: 1 });
      assert.match(text, /may not have finished it: `pulumi up` continues it/);
    });
  }

  it("waits for an instance that registers late, and prints what it waits for once", async () => {
    Object.assign(server.host, { registered: false, ping: "none" });
    const { clock } = tools;
    tools = {
      ...tools,
      clock: { ...clock, sleep: (seconds) => ((server.host.registered = rolling.time >= 60), clock.sleep(seconds)) },
    };
    assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    assert.equal(rolling.said.filter((line) => line.startsWith("waiting for i-1")).length, 1);
  });

  it("waits longer than an agent sleeps that was refused, half an hour, and then prints why it may take so long", async () => {
    Object.assign(server.host, { registered: false, ping: "none" });
    const { clock } = tools;
    tools = {
      ...tools,
      clock: { ...clock, sleep: (seconds) => ((server.host.registered = rolling.time >= 2100), clock.sleep(seconds)) },
    };
    assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    const [first, slow, ...more] = rolling.said.filter((line) => line.startsWith("waiting for i-1"));
    assert.match(first ?? "", /to register with Systems Manager \(40 min at most\): instance running, agent absent$/);
    assert.match(slow ?? "", /agent absent\. An agent that was refused while the host's role was new is restarted/);
    assert.deepEqual(more, []);
  });

  it("gives up on an instance that never registers, with hints and the host's last health report", async () => {
    Object.assign(server.host, { registered: false, ping: "none" });
    server.write("/linnix/dev/health", { problems: ["no Docker"] });
    const text = await refused();
    assert.match(text, /i-1 is running, but has not registered with Systems Manager after 24\d\d s/);
    for (const hint of [/get-console-output.*i-1/, /443/, /ssmmessages/, /instance profile/, /no Docker/]) {
      assert.match(text, hint);
    }
  });

  for (const [state, expected] of [
    ["stopped", /i-1 is stopped: start it with `aws ec2 start-instances/],
    ["terminated", /i-1 is terminated: `pulumi up --refresh` creates a new one/],
    ["none", /i-1 is not known in eu-west-1: `pulumi up --refresh` creates a new one/],
  ] as const) {
    it(`doesn't wait for an instance that is ${state}`, async () => {
      Object.assign(server.host, { registered: false, state });
      assert.match(await refused(), expected);
      assert.equal(server.of("SendCommand").length, 1);
    });
  }

  it("says what to do about an instance that is stopped because AWS has no capacity for its new type", async () => {
    Object.assign(server.host, { registered: false, state: "stopped" });
    assert.match(
      await refused(),
      /no capacity for its type \(InsufficientInstanceCapacity\), set linnix:instanceType to the type before or to another one and run `pulumi up --refresh`, which starts/,
    );
  });

  it("notices an instance that is stopped while the command runs", async () => {
    server.host.looks = 1000;
    server.host.onLook = (left) => {
      if (left === 990) server.host.state = "stopping";
    };
    assert.match(await refused(), /the command command-1 has not ended\. Instance i-1 is stopping: start it/);
  });

  it("gives up on a command that exceeds its own time limit", async () => {
    server.host.looks = 1_000_000;
    server.host.ping = "ConnectionLost";
    tools = {
      ...tools,
      clock: { ...tools.clock, sleep: (seconds) => ((rolling.time += 100 * seconds), Promise.resolve()) },
    };
    assert.match(
      await refused(),
      /has not ended\. Instance i-1 is running, but its SSM agent has not reported since 2026/,
    );
  });

  it("distinguishes a command that never arrived from one that failed", async () => {
    rolling.onCommand(() => ({ status: "TimedOut", detail: "Delivery Timed Out" }));
    assert.match(
      await refused(),
      /did not reach the instance \(Delivery Timed Out\)\. Instance i-1 is running, but its SSM agent/,
    );
  });

  it("tolerates throttling, commands not known yet, and a network that is unreachable for a while", async () => {
    server.faults.push(
      { action: "PutParameter", error: "ThrottlingException", times: 1 },
      { action: "GetCommandInvocation", error: "InvocationDoesNotExist", times: 2 },
      { action: "GetCommandInvocation", error: "InternalServerError", times: 1, status: 500 },
    );
    assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    assert.ok(server.faults.every(({ times }) => times === 0));
  });

  describe("while AWS can't be reached", () => {
    /** From this second of the rollout on. */
    const away = (times: number, transient: boolean, from = 0) => {
      const { invocation } = tools.ssm;
      const fail = () => Promise.reject(Object.assign(new Error("AWS is away"), { transient }));
      const isAway = () => rolling.time >= from && times-- > 0;
      tools = {
        ...tools,
        ssm: { ...tools.ssm, invocation: (...args) => (isAway() ? fail() : invocation(...args)) },
      };
    };

    it("keeps polling the command, which continues by itself", async () => {
      away(20, true);
      assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    });

    it("gives up after five minutes", async () => {
      away(Infinity, true);
      assert.equal(await refused(), "AWS is away");
      assert.ok(rolling.time > 300 && rolling.time < 400, String(rolling.time));
    });

    it("counts the five minutes from the last answer, however long the rollout has run", async () => {
      server.host.looks = 200;
      away(20, true, 400);
      assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
      assert.ok(rolling.time > 460, String(rolling.time));
    });

    it("gives up at once on an error that is not transient", async () => {
      away(1, false);
      assert.equal(await refused(), "AWS is away");
      assert.equal(rolling.time, 0);
    });
  });

  it("names the permission that is missing, and where credentials come from", async () => {
    server.faults.push({ action: "SendCommand", error: "AccessDeniedException", times: 1 });
    assert.match(await refused(), /AWS refused ssm:SendCommand in eu-west-1[^]*needs the permission ssm:SendCommand/);
    server.faults.push({ action: "GetParameter", error: "ExpiredTokenException", times: 1 });
    assert.match(await refused(), /ExpiredTokenException[^]*aws:profile or aws:accessKey[^]*log in again/);
  });

  it("tolerates a service that is not ready for a moment after the release, and no longer", async () => {
    let asked = 0;
    const gone = { ...view, services: { ...view.services, "linnix-dev-llama": { ...well, ready: null } } };
    server.host.run = (script) => (isStatus(script) ? { stdout: packed(asked++ < 2 ? gone : view) } : {});
    assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    server.host.run = (script) => (isStatus(script) ? { stdout: packed(gone) } : {});
    assert.match(await refused(), /was applied, but is not healthy now:\nllama is unreachable[^]*a line/);
  });

  it("reports other problems of the host without failing the update", async () => {
    const troubled = { ...view, problems: ["logs are not shipped"], healthy: false };
    server.host.run = (script) => (isStatus(script) ? { stdout: packed(troubled) } : {});
    const { healthy, problems } = await rollOut(tools, inputs, undefined);
    assert.deepEqual([healthy, problems], [false, ["logs are not shipped"]]);
    assert.ok(rolling.said.includes("host: logs are not shipped"));
  });
});
