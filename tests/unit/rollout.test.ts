import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";

import type { HealthReport } from "../../components/health/report";
import { awsSsm } from "../../components/hosts/ec2/rollout/aws-ssm";
import { look } from "../../components/hosts/ec2/rollout/look";
import type { HostObservation, HostService } from "../../components/hosts/ec2/rollout/observation";
import {
  type RolloutInputs,
  executionSeconds,
  review,
  rollOut,
  takeDown,
} from "../../components/hosts/ec2/rollout/roll";
import type { Tools } from "../../components/hosts/ec2/rollout/ssm";
import type { DesiredState } from "../../components/services/desired-state";
import { SsmServer } from "../fixtures/ssm-server";

const document: DesiredState = {
  ...{ schema: 1, release: "release-2", stack: "dev", deadlineSeconds: 300 },
  ...{ secrets: {}, networks: [], folders: [], steps: [] },
};
const inputs: RolloutInputs = {
  ...{ region: "eu-west-1", instanceId: "i-1", document, prefix: "/linnix/dev" },
  expected: { release: "release-2", sample: false, model: "m", endpoints: { cognitod: "http://c", llama: "http://l" } },
  ...{ requireKernelInstrumentation: true, deadlineSeconds: 300 },
};
const well: HostService = {
  ...{ state: "running", running: true, restarts: 0, log: ["a line"] },
  ...{ ready: { status: 200, body: "{}" }, live: { status: 200, body: "{}" } },
};
const preflight = { ok: true, kernel: { release: "6.12" }, missing: [], checks: {} };
const view: HostObservation = {
  ...{ schema: 1, release: "release-2", desired: "release-2", kernel: "6.12.1", problems: [] },
  ...{ memoryUsedPercent: 1, rootUsedPercent: 2, dataUsedPercent: 3, healthy: true },
  services: { "linnix-dev-cognitod": well, "linnix-dev-llama": well },
  steps: { "linnix-dev-preflight": { exitCode: 0, output: JSON.stringify(preflight) } },
};
const packed = (seen: unknown): string => gzipSync(JSON.stringify(seen)).toString("base64");
const isStatus = (script: string): boolean => script.includes("status --json");

describe("a rollout", () => {
  let server: SsmServer;
  let said: string[];
  let tools: Tools;
  let time: number;

  beforeEach(async () => {
    server = new SsmServer();
    await server.start();
    said = [];
    time = 0;
    server.host.run = (script) => (isStatus(script) ? { stdout: packed(view) } : {});
    tools = {
      ssm: awsSsm({
        ...{ region: "eu-west-1", roles: [], keys: { accessKeyId: "a", secretAccessKey: "s" } },
        endpoints: { ssm: server.url, ec2: server.url, sts: server.url },
      }),
      region: "eu-west-1",
      say: (line) => said.push(line),
      clock: {
        now: () => time,
        sleep: (seconds) => {
          time += seconds;
          return Promise.resolve();
        },
      },
    };
  });
  afterEach(() => server.stop());

  const failing = (run: () => ReturnType<SsmServer["host"]["run"]>) => {
    server.host.run = (script) => (isStatus(script) ? { stdout: packed(view) } : run());
  };
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
    assert.deepEqual(said, ["pull: cognitod", "probe", "both services are healthy"]);
  });

  it("fails with service, probe's answer, log lines, and what runs now", async () => {
    failing(() => {
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
    failing(() => ({ status: "Failed", exitCode: 2, stderr: "desired: bad hash\n" }));
    assert.match(
      await refused(),
      /exit status 2\n {2}it said:\n {4}desired: bad hash\n {2}no previous release could be/,
    );
  });

  it("knows a host whose first boot left no linnix-release", async () => {
    failing(() => ({ status: "Failed", exitCode: 127 }));
    assert.match(await refused(), /i-1 has no working linnix-release: its first boot has not ended well/);
  });

  for (const [status, expected] of [
    ["TimedOut", /took longer on i-1 than the command was given/],
    ["Cancelled", /the command that rolls release release-2 out on i-1 was cancelled/],
  ] as const) {
    it(`tells of a command that was ${status}`, async () => {
      failing(() => ({ status, exitCode: -1 }));
      assert.match(await refused(), expected);
    });
  }

  it("waits for an instance that registers late, and says what it waits for once", async () => {
    Object.assign(server.host, { registered: false, ping: "none" });
    const { clock } = tools;
    tools = {
      ...tools,
      clock: { ...clock, sleep: (seconds) => ((server.host.registered = time >= 60), clock.sleep(seconds)) },
    };
    assert.equal((await rollOut(tools, inputs, undefined)).healthy, true);
    assert.equal(said.filter((line) => line.startsWith("waiting for i-1")).length, 1);
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
    tools = { ...tools, clock: { ...tools.clock, sleep: (seconds) => ((time += 100 * seconds), Promise.resolve()) } };
    assert.match(
      await refused(),
      /has not ended\. Instance i-1 is running, but its agent hasn't been heard of since 2026/,
    );
  });

  it("tells a command that never came through from one that failed", async () => {
    failing(() => ({ status: "TimedOut", detail: "Delivery Timed Out" }));
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
      assert.ok(time > 300 && time < 400, String(time));
    });

    it("gives up at once on what doesn't pass", async () => {
      away(1, false);
      assert.equal(await refused(), "AWS is away");
      assert.equal(time, 0);
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
    assert.ok(said.includes("host: logs are not shipped"));
  });

  it("keeps the time of an unchanged report", async () => {
    const before = await review(tools, inputs, undefined);
    const earlier: HealthReport = { ...before, since: "2020-01-01T00:00:00.000Z" };
    assert.equal((await review(tools, inputs, earlier)).since, earlier.since);
  });

  describe("looked at", () => {
    const target = { stack: "dev", instanceId: "i-1" };
    const seen = async () => {
      const { healthy, cognitod, llama } = await review(tools, inputs, undefined);
      assert.deepEqual([healthy, cognitod.status, llama.status], [false, "unreachable", "unreachable"]);
      assert.equal(cognitod.detail, llama.detail);
      return cognitod.detail;
    };

    for (const [what, host, expected] of [
      ["stopped", { registered: false, state: "stopped" }, /is stopped: start it with/],
      ["gone", { registered: false, state: "none" }, /is not known in eu-west-1/],
      ["not registered", { registered: false, ping: "none" }, /has not registered[^]*get-console-output/],
      ["silent", { registered: false, ping: "ConnectionLost" }, /hasn't been heard of since[^]*reboot-instances/],
    ] as const) {
      it(`is unreachable, with reason and remedy, when its instance is ${what}`, async () => {
        Object.assign(server.host, host);
        assert.match(await seen(), expected);
      });
    }

    it("is unreachable when AWS refuses, and when whoever asks may not see the instance either", async () => {
      server.faults.push({ action: "SendCommand", error: "AccessDeniedException", times: 1 });
      assert.match(await seen(), /needs the permission ssm:SendCommand/);
      Object.assign(server.host, { registered: false });
      server.faults.push({ action: "DescribeInstances", error: "UnauthorizedOperation", times: 1 });
      server.faults.push({ action: "DescribeInstanceInformation", error: "AccessDeniedException", times: 1 });
      assert.match(await seen(), /may or may not run \(ec2:DescribeInstances is not allowed\)/);
    });

    it("is unreachable when its answer is cut or unreadable", async () => {
      const noise = randomBytes(60_000).toString("base64");
      server.host.run = () => ({ stdout: packed({ ...view, log: noise }) });
      assert.match(await seen(), /its answer is longer than Systems Manager keeps/);
      server.host.run = () => ({ stdout: "", stderr: "sh: 1: linnix-release: not found\n", exitCode: 127 });
      assert.match(await seen(), /no readable answer \(exit status 127: sh: 1: linnix-release: not found\)/);
      server.host.run = () => ({ stdout: packed({ ...view, schema: 2 }) });
      assert.match(await seen(), /has schema 2, and this program knows 1/);
    });

    it("is read through the very pipe that the host's shell runs", async () => {
      server.host.run = (script) => {
        const said = `printf %s '${JSON.stringify(view)}'`;
        const shell = script.replace("/usr/local/sbin/linnix-release status --json", said);
        return { stdout: execFileSync("sh", ["-c", shell], { encoding: "utf8" }) };
      };
      assert.equal((await review(tools, inputs, undefined)).healthy, true);
    });

    it("says that it runs another release than was deployed", async () => {
      server.host.run = () => ({ stdout: packed({ ...view, release: "release-1" }) });
      const { healthy, cognitod, llama } = await review(tools, inputs, undefined);
      assert.deepEqual([healthy, llama.status], [false, "unhealthy"]);
      assert.match(cognitod.detail, /runs release release-1, not release-2: `pulumi up --refresh`/);
    });

    it("has missing services before its first release, and long logs come through whole", async () => {
      const log = Array.from({ length: 400 }, (_, index) => `line ${index} ${"x".repeat(200)}`);
      server.host.run = () => ({
        stdout: packed({ ...view, release: null, services: { "linnix-dev-llama": { ...well, log } }, steps: {} }),
      });
      const observation = await look(tools, target);
      assert.deepEqual([observation.cognitod.state, observation.llama.log.length], ["missing", 400]);
      assert.deepEqual(
        [observation.release, observation.preflight, observation.kernel],
        [undefined, undefined, "6.12.1"],
      );
    });
  });

  describe("taken down", () => {
    const names = ["desired", "result", "health"].map((name) => `/linnix/dev/${name}`);
    const parameters = () => [...server.parameters.keys()];
    beforeEach(() => {
      for (const name of [...names, "/linnix/dev/secrets/api-token"]) server.write(name, "x");
    });

    it("leaves the host clean, nothing that writes parameters again, and no parameter but the secrets", async () => {
      await takeDown(tools, inputs);
      assert.match(server.scripts[0]!, /^systemctl stop linnix-health\.timer.*\nexec .*linnix-release remove$/);
      assert.deepEqual(parameters(), ["/linnix/dev/secrets/api-token"]);
    });

    for (const [what, change, expected] of [
      ["is stopped", () => Object.assign(server.host, { registered: false, state: "stopped" }), /is stopped/],
      [
        "fails",
        () => {
          failing(() => ({ status: "Failed", stderr: "busy\n" }));
        },
        /was not left clean: busy/,
      ],
      [
        "may not be asked",
        () => server.faults.push({ action: "SendCommand", error: "AccessDeniedException", times: 1 }),
        /nothing removed on the host: AWS refused/,
      ],
    ] as const) {
      it(`takes the parameters away also when the host ${what}, and says so`, async () => {
        change();
        await takeDown(tools, inputs);
        assert.match(said.join("\n"), expected);
        assert.deepEqual(parameters(), ["/linnix/dev/secrets/api-token"]);
      });
    }
  });

  describe("with the provider's configuration", () => {
    it("asks as the keys that are given, and through roles one after another", async () => {
      const role = (roleArn: string) => ({ roleArn, externalId: "x", duration: "30m" });
      const ssm = awsSsm({
        ...{ region: "eu-west-1", keys: { accessKeyId: "AKEY", secretAccessKey: "s" } },
        roles: [role("first"), role("second")],
        endpoints: { ssm: server.url, sts: server.url },
      });
      await ssm.getParameter("/x");
      const who = server.calls.map(({ action, authorization }) => [
        action,
        /Credential=([^/]+)/.exec(authorization)?.[1],
      ]);
      assert.deepEqual(who, [
        ["AssumeRole", "AKEY"],
        ["AssumeRole", "of-first"],
        ["GetParameter", "of-second"],
      ]);
      assert.deepEqual(
        server.of("AssumeRole").map(({ DurationSeconds, ExternalId }) => [DurationSeconds, ExternalId]),
        [
          ["1800", "x"],
          ["1800", "x"],
        ],
      );
    });
  });
});
