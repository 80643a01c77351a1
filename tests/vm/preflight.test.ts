import assert from "node:assert/strict";

import { requiredChecks } from "../../components/services/cognitod";
import { removeMade } from "../images/docker";
import { boot, buildMachine, type Case, type Outcome } from "./machine";

const capability = { sysAdmin: 21, perfmon: 38, bpf: 39, last: 40 };
const least = [capability.bpf, capability.perfmon];
const everything = Array.from({ length: capability.last + 1 }, (_, number) => number);

const cases = {
  untouched: { capabilities: least },
  everything: { paranoid: 2, capabilities: everything },
  least: { paranoid: 2, capabilities: least },
  strict: { paranoid: 3, capabilities: least },
  sysadmin: { paranoid: 3, capabilities: [...least, capability.sysAdmin] },
  withoutTracefs: { paranoid: 2, tracefs: "absent", capabilities: least },
  withoutPerfmon: { paranoid: 2, capabilities: [capability.bpf] },
  privateCgroups: { paranoid: 2, cgroupns: "private", capabilities: least },
} satisfies Record<string, Case>;

/** The checks that failed. */
function failed({ result }: Outcome): string[] {
  return Object.entries(result.checks)
    .filter(([, check]) => !check.ok)
    .map(([name]) => name);
}

describe("the preflight on a distribution's kernel, which has kprobes", () => {
  let outcomes: Record<keyof typeof cases, Outcome>;

  before("boots Debian's kernel in an emulated machine", async function () {
    if (process.arch !== "x64") {
      process.stderr.write("\n*** LEFT OUT: tests/vm knows an emulated machine for x86_64 only ***\n");
      this.skip();
    }
    await buildMachine();
    outcomes = await boot(requiredChecks(false), cases);
  });
  after(removeMade);

  it("passes all that upstream's daemon requires with every capability", () => {
    const { status, result } = outcomes.everything;
    assert.deepEqual([failed(outcomes.everything), result.ok, status], [[], true, 0]);
    assert.match(result.kernel.release, /cloud-amd64$/);
  });

  it("passes with BPF and PERFMON alone where perf_event_paranoid is 2, kprobes too", () => {
    const { status, result } = outcomes.least;
    assert.deepEqual([failed(outcomes.least), result.ok, status], [[], true, 0]);
    assert.equal(result.checks.kprobe?.detail, "loads, attaches and delivers events");
  });

  it("fails with them at 3, and says to lower it or to grant SYS_ADMIN", () => {
    const { status, result } = outcomes.strict;
    assert.equal(status, 1);
    assert.deepEqual(result.missing, ["btf_tracepoint", "tracepoint", "kprobe"]);
    const check = result.checks.perf_paranoid;
    assert.ok(check?.ok === false);
    assert.match(check.detail, /kernel\.perf_event_paranoid is 3, needs 2 or less/);
    assert.match(check.remedy ?? "", /sysctl kernel\.perf_event_paranoid=2.*linnix:privileges sysadmin/);
    assert.match(result.checks.kprobe?.remedy ?? "", /see caps and perf_paranoid/);
  });

  it("fails in the same way on Debian's kernel as it comes up", () => {
    assert.deepEqual(failed(outcomes.untouched), failed(outcomes.strict));
  });

  it("passes at 3 with SYS_ADMIN added", () => {
    assert.deepEqual([failed(outcomes.sysadmin), outcomes.sysadmin.status], [[], 0]);
  });

  it("misses the classic tracepoint alone without tracefs, and says to mount it", () => {
    const { status, result } = outcomes.withoutTracefs;
    assert.deepEqual([failed(outcomes.withoutTracefs), status], [["tracefs", "tracepoint"], 1]);
    assert.match(result.checks.tracefs?.remedy ?? "", /^mount tracefs/);
    assert.equal(result.checks.tracepoint?.remedy, "see tracefs");
  });

  it("blames the lockdown alone on a kernel that is locked down, and suggests no other kernel", async function () {
    this.timeout(180_000);
    const { locked } = await boot(requiredChecks(false), { locked: cases.everything }, ["lockdown=confidentiality"]);
    assert.equal(locked.status, 1);
    const remedies = locked.result.missing.map((name) => locked.result.checks[name]?.remedy ?? "");
    assert.ok(remedies.length > 0);
    for (const remedy of remedies) assert.match(remedy, /locked down in confidentiality mode.*lockdown=integrity/);
  });

  it("names the capability that is missing", () => {
    const { status, result } = outcomes.withoutPerfmon;
    assert.equal(status, 1);
    assert.match(result.checks.caps?.detail ?? "", /^missing CAP_PERFMON;/);
    assert.match(result.checks.caps?.remedy ?? "", /--cap-add PERFMON/);
  });

  it("passes in a cgroup namespace of its own, and reports that the host's control groups are outside", () => {
    const { status, result } = outcomes.privateCgroups;
    assert.deepEqual([failed(outcomes.privateCgroups), status], [["cgroup"], 0]);
    assert.match(result.checks.cgroup?.detail ?? "", /outside of this container's cgroup namespace/);
    assert.match(result.checks.cgroup?.remedy ?? "", /--cgroupns host/);
    assert.match(outcomes.least.result.checks.cgroup?.detail ?? "", /^the host's control groups are at/);
  });
});
