import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";

import type { HealthReport } from "../../../../../../components/health/report";
import { awsSsm } from "../../../../../../components/hosts/ec2/rollout/ssm-client";
import { changeScripts } from "../../../../../../components/hosts/ec2/rollout/change";
import { lookCommands, lookSeconds } from "../../../../../../components/hosts/ec2/rollout/look";
import { lookDocument } from "../../../../../../components/hosts/ec2/rollout/look-document";
import { observeHost } from "../../../../../../components/hosts/ec2/rollout/observe";
import { observeHealth, uninstall } from "../../../../../../components/hosts/ec2/rollout/roll-out";
import type { RolloutContext } from "../../../../../../components/hosts/ec2/rollout/ssm";
import { Rolling, inputs, packed, view, well } from "../../../../../fixtures/rolling";
import { changeIn, readDocument } from "../../../../../fixtures/ssm-document";
import type { ScriptResult, SsmServer } from "../../../../../fixtures/ssm-server";

describe("a host with a release", () => {
  let rolling: Rolling;
  let server: SsmServer;
  let tools: RolloutContext;
  beforeEach(async () => {
    rolling = new Rolling();
    await rolling.start();
    ({ server, tools } = rolling);
  });
  afterEach(() => rolling.stop());

  it("keeps the time of an unchanged report", async () => {
    const before = await observeHealth(tools, inputs, undefined);
    const earlier: HealthReport = { ...before, since: "2020-01-01T00:00:00.000Z" };
    assert.equal((await observeHealth(tools, inputs, earlier)).since, earlier.since);
  });

  it("has what its services use in its observation, and nothing of it in the report, which is kept", async () => {
    const reports: HealthReport[] = [];
    for (const cpu of ["1.5%", "99%"]) {
      const usage = { started: "2026-11-24T12:00:00Z", cpu, memory: "20MiB / 512MiB" };
      rolling.onLook({ ...view, services: { ...view.services, "linnix-dev-cognitod": { ...well, usage } } });
      const target = { stack: "dev", instanceId: "i-1", lookDocument: inputs.lookDocument };
      const { cognitod, llama } = await observeHost(tools, target);
      assert.deepEqual([cognitod.usage, llama!.usage], [usage, undefined]);
      assert.ok(!("usage" in llama!));
      reports.push(await observeHealth(tools, inputs, reports[0]));
    }
    assert.equal(reports[1], reports[0]);
    assert.doesNotMatch(JSON.stringify(reports), /MiB|usage/);
  });

  describe("observed", () => {
    const target = { stack: "dev", instanceId: "i-1", lookDocument: inputs.lookDocument };
    const seen = async () => {
      const { healthy, cognitod, llama } = await observeHealth(tools, inputs, undefined);
      assert.deepEqual([healthy, cognitod.status, llama.status], [false, "unreachable", "unreachable"]);
      assert.equal(cognitod.detail, llama.detail);
      return cognitod.detail;
    };

    for (const [what, host, expected] of [
      ["stopped", { registered: false, state: "stopped" }, /is stopped: start it with/],
      ["gone", { registered: false, state: "none" }, /is not known in eu-west-1/],
      ["not registered", { registered: false, ping: "none" }, /has not registered[^]*get-console-output/],
      [
        "silent",
        { registered: false, ping: "ConnectionLost" },
        /its SSM agent has not reported since[^]*reboot-instances/,
      ],
    ] as const) {
      it(`is unreachable, with reason and remedy, when its instance is ${what}`, async () => {
        Object.assign(server.host, host);
        assert.match(await seen(), expected);
      });
    }

    it("is unreachable when AWS refuses, and when the caller may not query the instance either", async () => {
      server.faults.push({ action: "SendCommand", error: "AccessDeniedException", times: 1 });
      assert.match(await seen(), /needs the permission ssm:SendCommand/);
      Object.assign(server.host, { registered: false });
      server.faults.push({ action: "DescribeInstances", error: "UnauthorizedOperation", times: 1 });
      server.faults.push({ action: "DescribeInstanceInformation", error: "AccessDeniedException", times: 1 });
      assert.match(await seen(), /in an unknown state \(ec2:DescribeInstances is not allowed\)/);
    });

    it("is unreachable when its status is cut or unreadable", async () => {
      const noise = randomBytes(60_000).toString("base64");
      server.host.run = () => ({ stdout: packed({ ...view, log: noise }) });
      assert.match(await seen(), /its status is longer than Systems Manager keeps/);
      server.host.run = () => ({ stdout: "", stderr: "sh: 1: linnix-release: not found\n", exitCode: 127 });
      assert.match(await seen(), /no readable status \(exit status 127: sh: 1: linnix-release: not found\)/);
      server.host.run = () => ({ stdout: packed({ ...view, schema: 3 }) });
      assert.match(await seen(), /has schema 3, but this program supports only 2/);
    });

    /** The host's shell, with a text in place of each program's output. */
    const shell = (script: string, said: string, exitCode = 0): ScriptResult => {
      const programs = /\/usr\/local\/sbin\/linnix-release (?:status|history) --json|docker logs --tail 200 \S+/g;
      const played = script.replace(programs, () => `sh -c 'printf %s "$1"; exit ${exitCode}' said '${said}'`);
      const { status, stdout } = spawnSync("sh", ["-c", played], { encoding: "utf8" });
      return { status: status === 0 ? "Success" : "Failed", exitCode: status ?? -1, stdout };
    };

    it("is read through the same pipe that the host's shell runs, also if it is not healthy", async () => {
      for (const healthy of [true, false]) {
        const seen = { ...view, healthy, services: healthy ? view.services : {} };
        server.host.run = (script) => shell(script, JSON.stringify(seen), healthy ? 0 : 1);
        assert.equal((await observeHealth(tools, inputs, undefined)).healthy, healthy);
      }
    });

    it("is asked by the stack's document alone, which takes its looks and nothing else", async () => {
      await observeHealth(tools, inputs, undefined);
      assert.deepEqual(
        server.of("SendCommand").map(({ DocumentName, Parameters }) => [DocumentName, Parameters]),
        [["linnix-dev-look", { look: ["status"] }]],
      );
      const document = lookDocument("dev");
      for (const look of Object.keys(lookCommands("dev"))) {
        const { script = "", timeoutSeconds } = readDocument(document, { look: [look] }) ?? {};
        assert.equal(timeoutSeconds, lookSeconds);
        for (const exitCode of [0, 3]) {
          const result = shell(script, `said ${look}`, exitCode);
          assert.equal(result.exitCode, exitCode);
          assert.equal(gunzipSync(Buffer.from(result.stdout!, "base64")).toString(), `said ${look}`);
        }
      }
      for (const hostile of ["status; reboot", "$(reboot)", "status history", "STATUS", "", "{{ look }}"])
        assert.equal(readDocument(document, { look: [hostile] }), undefined, hostile);
      assert.equal(readDocument(document, { look: ["status"], commands: ["reboot"] }), undefined);
    });

    it("says how to get a document that is gone", async () => {
      server.documents.delete(inputs.lookDocument);
      assert.match(await seen(), /InvalidDocument.*`pulumi up --refresh` creates the stack's document again/);
    });

    it("is reported if it runs another release than the deployed one", async () => {
      server.host.run = () => ({ stdout: packed({ ...view, release: "release-1" }) });
      const { healthy, cognitod, llama } = await observeHealth(tools, inputs, undefined);
      assert.deepEqual([healthy, llama.status], [false, "unhealthy"]);
      assert.match(cognitod.detail, /runs release release-1, not release-2: `pulumi up --refresh`/);
    });

    it("has missing services before its first release, and long logs arrive whole", async () => {
      const log = Array.from({ length: 400 }, (_, index) => `line ${index} ${"x".repeat(200)}`);
      server.host.run = () => ({
        stdout: packed({ ...view, release: null, services: { "linnix-dev-llama": { ...well, log } }, steps: {} }),
      });
      const observation = await observeHost(tools, target);
      assert.deepEqual([observation.cognitod.state, observation.llama!.log.length], ["missing", 400]);
      assert.deepEqual(
        [observation.release, observation.preflight, observation.kernel],
        [undefined, undefined, "6.12.1"],
      );
    });
  });

  describe("uninstalled", () => {
    const names = ["desired", "result", "health"].map((name) => `/linnix/dev/${name}`);
    const parameters = () => [...server.parameters.keys()];
    beforeEach(() => {
      for (const name of [...names, "/linnix/dev/secrets/api-token"]) server.write(name, "x");
    });

    it("removes the release, stops what would write parameters again, and deletes all parameters except the secrets", async () => {
      await uninstall(tools, inputs);
      assert.deepEqual(changeIn(server.scripts[0]!)?.lines, changeScripts.remove);
      assert.deepEqual(parameters(), ["/linnix/dev/secrets/api-token"]);
    });

    for (const [what, change, expected] of [
      ["is stopped", () => Object.assign(server.host, { registered: false, state: "stopped" }), /is stopped/],
      [
        "fails",
        () => {
          rolling.onCommand(() => ({ status: "Failed", stderr: "busy\n" }));
        },
        /was not removed completely from the host: busy/,
      ],
      [
        "may not be asked",
        () => server.faults.push({ action: "SendCommand", error: "AccessDeniedException", times: 1 }),
        /nothing removed on the host: AWS refused/,
      ],
    ] as const) {
      it(`deletes the parameters even if the host ${what}, and reports that`, async () => {
        change();
        await uninstall(tools, inputs);
        assert.match(rolling.said.join("\n"), expected);
        assert.deepEqual(parameters(), ["/linnix/dev/secrets/api-token"]);
      });
    }
  });

  describe("with the provider's configuration", () => {
    it("uses the configured keys, and assumes the roles one after another", async () => {
      const role = (roleArn: string) => ({ roleArn, externalId: "x", duration: "30m" });
      const ssm = awsSsm({
        region: "eu-west-1",
        keys: { accessKeyId: "AKEY", secretAccessKey: "s" },
        roles: [role("first"), role("second")],
        endpoints: { ssm: server.url, sts: server.url },
        connection: {},
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
