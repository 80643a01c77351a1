import assert from "node:assert/strict";

import type { HostObservation } from "../../components/hosts/ec2/protocol";
import { parsePreflight } from "../../components/health/probe-output";
import { type Host, host, since } from "./host";
import { printRow } from "./report";
import { stack } from "./releases";

const name = (part: string) => `linnix-${stack}-${part}`;

/** Fields of /proc/PID/status of a container's first process. */
async function processStatus(it: Host, container: string): Promise<Record<string, string>> {
  const text = await it.machine.shell(`cat /proc/$(docker inspect --format '{{.State.Pid}}' ${container})/status`);
  return Object.fromEntries(text.split("\n").map((line) => line.split(/:\s*/, 2) as [string, string]));
}

/** A counter of cognitod's metrics. */
async function counter(it: Host, metric: string): Promise<number> {
  const text = await it.machine.shell("curl -fsS http://127.0.0.1:9464/metrics/prometheus");
  return Number(new RegExp(`^${metric} (\\d+)`, "m").exec(text)?.[1]);
}

describe("a new EC2 host, from power-on", () => {
  let ec2: Host;
  let seen: HostObservation;

  before("boots with the rendered user data, unchanged, and becomes healthy without a person", async function () {
    ec2 = await host(this);
    seen = await ec2.status();
  });

  it("tells how long that took", async () => {
    const { poweredAt: power, healthyAt: healthy } = ec2;
    const show = "systemctl show docker.service --property=ActiveEnterTimestampMonotonic --value; cat /proc/uptime";
    const [docker = 0, uptime = 0] = (await ec2.machine.shell(show)).split("\n").map((line) => parseFloat(line));
    const dockerReady = Date.now() - uptime * 1000 + docker / 1000;
    printRow("power-on to both services healthy", (healthy - power) / 1000);
    printRow("Docker ready to both services healthy", (healthy - dockerReady) / 1000);
    assert.ok(healthy > dockerReady);
  });

  it("has no problem, and names the release that was asked for", async () => {
    assert.deepEqual(seen.problems, []);
    assert.equal(seen.release, seen.desired);
    assert.equal((await ec2.result()).outcome, "healthy");
    assert.equal(await ec2.machine.shell("systemctl --failed --no-legend --plain"), "");
  });

  it("passed the preflight on this kernel, kprobes too", () => {
    const step = seen.steps[name("preflight")];
    assert.equal(step?.exitCode, 0);
    const result = parsePreflight(step.output);
    assert.equal(result?.ok, true);
    const failed = Object.entries(result.checks).filter(([, check]) => !check.ok);
    assert.deepEqual(failed, []);
    assert.match(result.kernel.release, /^6\.12\..*cloud-amd64$/);
  });

  it("runs cognitod as no root, with BPF and PERFMON and nothing else", async () => {
    const status = await processStatus(ec2, name("cognitod"));
    assert.deepEqual(status.Uid?.split(/\s+/), Array(4).fill("65531"));
    assert.deepEqual(status.Gid?.split(/\s+/), Array(4).fill("65531"));
    const bpfAndPerfmon = ((1n << 38n) | (1n << 39n)).toString(16).padStart(16, "0");
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) assert.equal(status[set], bpfAndPerfmon, set);
    assert.equal(status.NoNewPrivs, "1");
    assert.equal(status.Seccomp, "2");
    const pid = `$(docker inspect --format '{{.State.Pid}}' ${name("cognitod")})`;
    assert.equal(await ec2.machine.shell(`cat /proc/${pid}/attr/current`), "docker-default (enforce)");
  });

  it("runs llama as no root, with no capability at all", async () => {
    const status = await processStatus(ec2, name("llama"));
    assert.deepEqual(status.Uid?.split(/\s+/), Array(4).fill("65532"));
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) assert.equal(status[set], "0".repeat(16), set);
  });

  it("sees processes come and go: the sample daemon's probes deliver", async () => {
    const before = await counter(ec2, "linnix_events_total");
    await ec2.machine.shell("for i in $(seq 50); do /bin/true; done; sleep 3");
    const after = await counter(ec2, "linnix_events_total");
    assert.ok(after - before >= 50, `${after - before} events for 50 processes`);
    assert.equal(await counter(ec2, "linnix_kernel_instrumentation_active"), 1);
  });

  it("answers a chat, and says which model it is", async () => {
    const ask = JSON.stringify({ messages: [{ role: "user", content: "is the host calm?" }], max_tokens: 8 });
    const url = "http://127.0.0.1:8090/v1/chat/completions";
    const answer = await ec2.machine.shell(`curl -fsS --max-time 50 -H 'Content-Type: application/json' -d @- ${url}`, {
      input: ask,
    });
    const { choices, model } = JSON.parse(answer) as { choices: { message: { content: string } }[]; model: string };
    assert.ok((choices[0]?.message.content.length ?? 0) > 0, answer);
    assert.equal(model, "tiny");
  });

  it("holds llama to its memory; cognitod lives on", async () => {
    const pid = () => ec2.machine.shell(`docker inspect --format '{{.State.Pid}}' ${name("cognitod")}`);
    const before = await pid();
    const limit = `cat /sys/fs/cgroup/system.slice/docker-$(docker inspect --format '{{.Id}}' ${name("llama")}).scope/memory.max`;
    assert.equal(await ec2.machine.shell(limit), String(512 << 20));
    // tail keeps the last lines in memory, and /dev/zero is a line that never ends.
    const { status } = await ec2.machine.tryShell(`docker exec ${name("llama")} tail /dev/zero`, { seconds: 120 });
    assert.equal(status, 137, "killed for its memory");
    assert.equal(await pid(), before);
    const started = Date.now();
    await ec2.healthy();
    printRow("memory limit hit in llama's container to healthy", since(started));
  });
});
