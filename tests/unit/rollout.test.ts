import assert from "node:assert/strict";

import { executionSeconds, rollOut } from "../../components/hosts/ec2/rollout/roll";
import type { Tools } from "../../components/hosts/ec2/rollout/ssm";
import type { DesiredState } from "../../components/services/desired-state";
import { Rolling, document, inputs, isStatus, packed, view, well } from "../fixtures/rolling";
import type { SsmServer } from "../fixtures/ssm-server";

describe("a rollout", () => {
  let rolling: Rolling;
  let server: SsmServer;
  let tools: Tools;
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

  it("stores the document, has the host apply exactly it, and reports what runs", async () => {
    const report = await rollOut(tools, inputs, undefined);
    assert.deepEqual([report.healthy, report.release, report.kernel.preflight], [true, "release-2", "passed"]);
    assert.deepEqual(JSON.parse(server.parameters.get("/linnix/dev/desired")!.value), document);
    assert.deepEqual(
      server.of("PutParameter").map(({ Name, Type, Tier, Overwrite }) => [Name, Type, Tier, Overwrite]),
      [["/linnix/dev/desired", "String", "Intelligent-Tiering", true]],
    );
    assert.match(server.scripts[0]!, /cloud-init status --wait[^]*\nexec .*linnix-release apply --release release-2$/);
    assert.equal(server.of("SendCommand")[0]!.DocumentName, "AWS-RunShellScript");
  });

  it("writes the document once: run again after an interruption, only the host is asked again", async () => {
    await rollOut(tools, inputs, undefined);
    await rollOut(tools, inputs, undefined);
    assert.equal(server.of("PutParameter").length, 1);
    assert.equal(server.scripts.filter((script) => script.includes("apply")).length, 2);
  });

  it("gives the host time for first boot, images, the model, the services and the way back", () => {
    const model = { kind: "once", timeoutSeconds: 3600 } as DesiredState["steps"][number];
    assert.equal(executionSeconds({ ...document, steps: [model] }, 300), executionSeconds(document, 0) + 3600 + 600);
  });

  it("tells each step of the host's once, and nothing of an earlier release", async () => {
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

  it("fails with service, probe's answer, log lines, and what runs now", async () => {
    rolling.onCommand(() => {
      server.write("/linnix/dev/result", {
        ...{ release: "release-2", outcome: "rolled-back", phase: "probe", step: "linnix-dev-llama" },
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

  it("says so when no previous release could be put back, with what the command said", async () => {
    rolling.onCommand(() => ({ status: "Failed", exitCode: 2, stderr: "desired: bad hash\n" }));
    assert.match(
      await refused(),
      /exit status 2\n {2}it said:\n {4}desired: bad hash\n {2}no previous release could be/,
    );
  });

  it("knows a host whose first boot left no linnix-release", async () => {
    rolling.onCommand(() => ({ status: "Failed", exitCode: 127 }));
    assert.match(await refused(), /i-1 has no working linnix-release: its first boot has not ended well/);
  });

  for (const [status, expected] of [
    ["TimedOut", /took longer on i-1 than the command was given/],
    ["Cancelled", /the command that rolls release release-2 out on i-1 was cancelled/],
  ] as const) {
    it(`tells of a command that was ${status}`, async () => {
      rolling.onCommand(() => ({ status, exitCode: -1 }));
      assert.match(await refused(), expected);
    });
  }

  it("waits for an instance that registers late, and says what it waits for once", async () => {
    Object.assign(server.host, { registered: false, ping: "none" });
    const { clock } = tools;
    tools = {
      ...tools,
      clock: { ...clock, sleep: (seconds) => ((server.host.registered = rolling.time >= 60), clock.sleep(seconds)) },
    };
    assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    assert.equal(rolling.said.filter((line) => line.startsWith("waiting for i-1")).length, 1);
  });

  it("gives up on an instance that never registers, with where to look and first boot's own words", async () => {
    Object.assign(server.host, { registered: false, ping: "none" });
    server.write("/linnix/dev/health", { problems: ["no Docker"] });
    const text = await refused();
    assert.match(text, /i-1 is running, but has not registered with Systems Manager after 6\d\d s/);
    for (const hint of [/get-console-output.*i-1/, /443/, /ssmmessages/, /instance profile/, /no Docker/]) {
      assert.match(text, hint);
    }
  });

  for (const [state, expected] of [
    ["stopped", /i-1 is stopped: start it with `aws ec2 start-instances/],
    ["terminated", /i-1 is terminated: `pulumi up --refresh` makes a new one/],
    ["none", /i-1 is not known in eu-west-1: `pulumi up --refresh` makes a new one/],
  ] as const) {
    it(`doesn't wait for an instance that is ${state}`, async () => {
      Object.assign(server.host, { registered: false, state });
      assert.match(await refused(), expected);
      assert.equal(server.of("SendCommand").length, 1);
    });
  }

  it("notices an instance that is stopped while the command runs", async () => {
    server.host.looks = 1000;
    server.host.onLook = (left) => {
      if (left === 990) server.host.state = "stopping";
    };
    assert.match(await refused(), /the command command-1 has not ended\. Instance i-1 is stopping: start it/);
  });

  it("stops looking at a command that outlives its own time", async () => {
    server.host.looks = 1_000_000;
    server.host.ping = "ConnectionLost";
    tools = {
      ...tools,
      clock: { ...tools.clock, sleep: (seconds) => ((rolling.time += 100 * seconds), Promise.resolve()) },
    };
    assert.match(
      await refused(),
      /has not ended\. Instance i-1 is running, but its agent hasn't been heard of since 2026/,
    );
  });

  it("tells a command that never came through from one that failed", async () => {
    rolling.onCommand(() => ({ status: "TimedOut", detail: "Delivery Timed Out" }));
    assert.match(await refused(), /didn't reach it \(Delivery Timed Out\)\. Instance i-1 is running, but its agent/);
  });

  it("lives through throttling, commands not known yet, and a network that is away for a while", async () => {
    server.faults.push(
      { action: "PutParameter", error: "ThrottlingException", times: 1 },
      { action: "GetCommandInvocation", error: "InvocationDoesNotExist", times: 2 },
      { action: "GetCommandInvocation", error: "InternalServerError", times: 1, status: 500 },
    );
    assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    assert.ok(server.faults.every(({ times }) => times === 0));
  });

  describe("while AWS can't be reached", () => {
    const away = (times: number, transient: boolean) => {
      const { invocation } = tools.ssm;
      const fail = () => Promise.reject(Object.assign(new Error("AWS is away"), { transient }));
      tools = {
        ...tools,
        ssm: { ...tools.ssm, invocation: (...args) => (times-- > 0 ? fail() : invocation(...args)) },
      };
    };

    it("goes on looking at the command, which goes on by itself", async () => {
      away(20, true);
      assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    });

    it("gives up after five minutes", async () => {
      away(Infinity, true);
      assert.equal(await refused(), "AWS is away");
      assert.ok(rolling.time > 300 && rolling.time < 400, String(rolling.time));
    });

    it("gives up at once on what doesn't pass", async () => {
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

  it("gives a service that flickers after the release a moment, and no more", async () => {
    let asked = 0;
    const gone = { ...view, services: { ...view.services, "linnix-dev-llama": { ...well, ready: null } } };
    server.host.run = (script) => (isStatus(script) ? { stdout: packed(asked++ < 2 ? gone : view) } : {});
    assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    server.host.run = (script) => (isStatus(script) ? { stdout: packed(gone) } : {});
    assert.match(await refused(), /was applied, and is not healthy now:\nllama is unreachable[^]*a line/);
  });

  it("reports what else is wrong with the host without failing the update for it", async () => {
    const troubled = { ...view, problems: ["logs are not shipped"], healthy: false };
    server.host.run = (script) => (isStatus(script) ? { stdout: packed(troubled) } : {});
    const { healthy, problems } = await rollOut(tools, inputs, undefined);
    assert.deepEqual([healthy, problems], [false, ["logs are not shipped"]]);
    assert.ok(rolling.said.includes("host: logs are not shipped"));
  });
});
