import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import { type RolloutInputs, observeHealth, rollOut, uninstall } from "../../components/hosts/ec2/rollout/roll-out";
import { changeName } from "../../components/hosts/ec2/rollout/change";
import { lookName } from "../../components/hosts/ec2/rollout/look";
import { toObservation } from "../../components/hosts/ec2/rollout/observation";
import type { RolloutContext } from "../../components/hosts/ec2/rollout/ssm";
import { expectation } from "../../components/health/expectation";
import { healthReport } from "../../components/health/report";
import type { DesiredState } from "../../components/hosts/ec2/protocol";
import { guestSsm } from "./guest-ssm";
import { type Host, host } from "./host";
import { keepsake, lost } from "./keepsake";
import { release, stack, testSettings } from "./releases";
import { printFault } from "./report";
import { region } from "./world/addresses";

describe("the rollout, against the machine instead of Systems Manager's agent [full]", () => {
  let ec2: Host;
  let good: DesiredState;
  let said: string[];

  const tools = (): RolloutContext => ({
    ssm: guestSsm(() => ec2.machine, ec2.world.control, stack),
    clock: {
      now: () => Date.now() / 1000,
      sleep: (seconds) => pause(seconds * 1000),
    },
    region,
    say: (line) => said.push(line),
  });
  const inputs = (document: DesiredState): RolloutInputs => ({
    ...{ region, document, instanceId: "i-0123456789abcdef0", prefix: `/linnix/${stack}` },
    ...{ lookDocument: lookName(stack), changeDocument: changeName(stack) },
    expected: expectation(testSettings(), document.release),
    requireKernelInstrumentation: true,
    deadlineSeconds: document.deadlineSeconds,
  });

  before(async function () {
    ec2 = await host(this);
    good = await ec2.settled();
  });
  beforeEach(() => {
    said = [];
  });

  it("rolls a release out, tells each step, and reports what runs", async () => {
    const next = release({ images: { ...ec2.images, cognitod: await ec2.variant("changed") } });
    const report = await rollOut(tools(), inputs(next), undefined);
    assert.equal(report.healthy, true);
    assert.equal(report.release, next.release);
    assert.deepEqual([report.cognitod.status, report.cognitod.kernelInstrumentation], ["healthy", "active"]);
    assert.deepEqual([report.llama.status, report.llama.model], ["healthy", "tiny"]);
    assert.match(report.kernel.release, /^6\.12\./);
    assert.deepEqual(
      { ...report.kernel, release: "" },
      { release: "", btf: true, tracefs: true, psi: true, preflight: "passed" },
    );
    assert.match(said.join("\n"), /swap: linnix-dev-cognitod/);
  });

  it("prints by the same way what the host itself sees", async () => {
    const current = (await ec2.status()).release;
    const document = { ...good, release: current ?? "" };
    const asked = await observeHealth(tools(), inputs(document), undefined);
    const itself = healthReport(toObservation(await ec2.status(), stack), inputs(document).expected, asked.since);
    assert.equal(itself.healthy, true);
    assert.deepEqual(asked, itself);
  });

  it("fails with a model of another checksum: step, log lines, and that the release before is healthy again", async () => {
    const before = await keepsake(ec2);
    let noticed = "";
    const bad = release({ images: ec2.images, settings: { modelSha256: "f".repeat(64) } });
    await assert.rejects(rollOut(tools(), inputs(bad), undefined), (error: Error) => {
      noticed = /linnix-dev-model ended with exit status 1.*/.exec(error.message)?.[0] ?? "";
      assert.notEqual(noticed, "", error.message);
      assert.match(error.message, /last log lines:\n.*has sha256 [0-9a-f]{64}, not f{64}/s);
      assert.match(error.message, /previous release [0-9a-f]{16} is healthy again/);
      return true;
    });
    const seconds = await ec2.healthy();
    const after = await keepsake(ec2);
    printFault({ fault: "release: a model with another checksum", noticed, lost: lost(before, after), seconds });
    assert.deepEqual(after, before);
  });

  it("leaves the host clean when it is taken away, and the data as it is", async () => {
    const before = await keepsake(ec2);
    await uninstall(tools(), inputs(good));
    assert.equal(await ec2.machine.shell("docker ps --all --quiet"), "");
    assert.equal(await ec2.machine.shell("ls /etc/systemd/system | grep ^linnix-dev- || true"), "");
    assert.equal(await ec2.machine.shell("docker images --quiet"), "");
    assert.equal(await ec2.machine.shell("find /run/linnix/secrets -type f 2>/dev/null || true"), "");
    assert.equal(await ec2.world.control.parameter(`/linnix/${stack}/desired`), undefined);
    await ec2.settled();
    assert.deepEqual(await keepsake(ec2), before);
  });
});
