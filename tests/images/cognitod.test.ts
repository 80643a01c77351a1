import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { inflateSync } from "node:zlib";

import { cognitodBuild } from "../../components/images/build-spec";
import { cognitodSpec, liveProbe, preflightSpec, readyProbe, requiredChecks } from "../../components/services/cognitod";
import type { PreflightResult } from "../../components/health/observation";
import { parsePreflight } from "../../components/health/probe-output";
import type { ServiceSpec } from "../../components/services/service";
import { projectFolder } from "../../scripts/lib/home";
import {
  build,
  docker,
  eventually,
  filesOf,
  probe,
  removeLater,
  removeMade,
  start,
  tarOf,
  testBases,
  tryDocker,
} from "./docker";

const tag = "linnix-test/cognitod";
const ports = { api: 43000, health: 49464 };
const token = "token-of-the-image-tests";
const spec = cognitodSpec({
  ...{ stack: "imagetest", sample: true, privileges: "least", ports, memoryMiB: 256, logLevel: "info" },
  llm: { endpoint: "http://127.0.0.1:48090/v1/chat/completions", model: "none" },
});
const preflight = preflightSpec(spec, requiredChecks(true));
const sourceOf = (location: string) => ({ kind: "sample", location, revision: "test" }) as const;

/** Runs the preflight once and parses its line of JSON. */
async function runPreflight(changed: Partial<ServiceSpec> = {}): Promise<{ status: number; result: PreflightResult }> {
  const container = await start({ ...preflight, ...changed }, tag);
  const status = Number(await docker("wait", container));
  const result = parsePreflight(await docker("logs", container));
  await docker("rm", "--force", container);
  assert.ok(result, "the preflight printed no JSON");
  return { status, result };
}

/** The crates that a 64-bit ELF program says it was built from, in its section `.dep-v0`: compressed JSON. */
function cratesOf(program: Buffer): {
  readonly packages: readonly { readonly name: string; readonly version: string }[];
} {
  const start = Number(program.readBigUInt64LE(40));
  const sections = Array.from({ length: program.readUInt16LE(60) }, (_, index) => {
    const at = start + index * 64;
    const [offset, size] = [24, 32].map((field) => Number(program.readBigUInt64LE(at + field))) as [number, number];
    return { name: program.readUInt32LE(at), content: program.subarray(offset, offset + size) };
  });
  const names = sections[program.readUInt16LE(62)]?.content ?? Buffer.alloc(0);
  const found = sections.find(({ name }) => names.toString("latin1", name, name + 8) === ".dep-v0\0");
  assert.ok(found, "the program has no section .dep-v0");
  return JSON.parse(inflateSync(found.content).toString()) as ReturnType<typeof cratesOf>;
}

const api = (route: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${ports.api}${route}`, { headers });

describe("the cognitod image", () => {
  let id: string;

  before("is built from the sample", async () => {
    removeLater("image", "rm", tag);
    ({ id } = await build(cognitodBuild(sourceOf("sample/daemon"), testBases()), tag));
  });
  after(removeMade);

  it("holds the daemon, its object, the preflight, the probe and its configuration", async () => {
    const files = await filesOf(tag);
    for (const file of [
      "/usr/local/bin/cognitod",
      "/usr/local/bin/linnix-preflight",
      "/usr/local/bin/http-probe",
      "/usr/local/bin/change-owner",
      "/usr/local/share/linnix/linnix-ai-ebpf-ebpf",
      "/etc/linnix/linnix.toml",
      "/etc/linnix/rules.yaml",
      "/etc/ssl/certs/ca-certificates.crt",
    ]) {
      assert.ok(files.includes(file), file);
    }
  });

  it("holds no shell, no package manager, no interpreter and nothing to compile with", async () => {
    const unwanted = /\/(sh|dash|bash|apt|apt-get|dpkg|perl|python3|cc|gcc|clang|ld|cargo|rustc|curl|wget)$/;
    assert.deepEqual(
      (await filesOf(tag)).filter((file) => unwanted.test(file)),
      [],
    );
  });

  it("says what it is made of", async () => {
    const labels = JSON.parse(await docker("image", "inspect", "--format", "{{json .Config.Labels}}", tag)) as Record<
      string,
      string
    >;
    const keys = ["title", "source", "revision", "version", "licenses", "base.name"].map(
      (key) => `org.opencontainers.image.${key}`,
    );
    for (const key of keys) assert.ok((labels[key] ?? "") !== "", key);
    assert.equal(labels["org.opencontainers.image.revision"], "test");
  });

  it("shows the daemon's crates to scanners, which read the list that cargo-auditable has written into it", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-daemon-"));
    try {
      await tarOf(tag, ["--extract", "--directory", folder, "usr/local/bin/cognitod"]);
      const { packages } = cratesOf(fs.readFileSync(path.join(folder, "usr/local/bin/cognitod")));
      const names = packages.map(({ name }) => name);
      for (const crate of ["cognitod", "aya", "serde_json"]) assert.ok(names.includes(crate), crate);
      for (const { version } of packages) assert.match(version, /^\d+\.\d+\.\d+/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("is the same image when built again, and keeps its dependency layers when a source file changes", async () => {
    const copy = fs.mkdtempSync(path.join(os.homedir(), ".linnix-test-source-"));
    try {
      const sample = path.join(projectFolder, "sample/daemon");
      fs.cpSync(sample, copy, { recursive: true, filter: (file) => !file.includes("/target") });
      const unchanged = await build(cognitodBuild(sourceOf(copy), testBases()), tag);
      assert.equal(unchanged.id, id);
      // Unique, so that no earlier run of this test has built it.
      fs.appendFileSync(path.join(copy, "cognitod/src/main.rs"), `// changed ${randomUUID()}\n`);
      const { said } = await build(cognitodBuild(sourceOf(copy), testBases()), `${tag}-changed`);
      removeLater("image", "rm", `${tag}-changed`);
      const steps = [...said.matchAll(/^#(\d+) \[(.*)$/gm)].map(([, step, text]) => ({ step, text: text ?? "" }));
      const cached = (wanted: RegExp) => {
        const found = steps.find(({ text }) => wanted.test(text));
        assert.ok(found, `no step ${wanted.source}`);
        return new RegExp(`^#${found.step} CACHED`, "m").test(said);
      };
      assert.ok(cached(/cargo install bpf-linker/));
      assert.ok(cached(/daemon .*RUN cargo auditable build/));
      assert.ok(!cached(/daemon .*RUN find/), "the changed source must be compiled");
    } finally {
      fs.rmSync(copy, { recursive: true });
    }
  });
});

describe("the preflight in its image", () => {
  before(async () => {
    removeLater("image", "rm", tag);
    await build(cognitodBuild(sourceOf("sample/daemon"), testBases()), tag);
  });
  after(removeMade);

  it("passes with cognitod's privileges what the sample needs", async () => {
    const { status, result } = await runPreflight();
    assert.equal(status, 0, JSON.stringify(result));
    assert.deepEqual(result.missing, []);
    for (const check of ["btf", "tracefs", "caps", "btf_tracepoint", "tracepoint"])
      assert.equal(result.checks[check]?.ok, true, check);
  });

  it("fails without PERFMON, and says what to do", async () => {
    for (const user of ["0:0", "65531:65531"]) {
      const { status, result } = await runPreflight({ capabilities: ["BPF"], user });
      assert.equal(status, 1);
      assert.ok(result.missing.includes("caps"));
      assert.match(result.checks.caps?.detail ?? "", /CAP_PERFMON/);
      assert.match(result.checks.caps?.remedy ?? "", /--cap-add PERFMON/);
      assert.equal(result.checks.btf_tracepoint?.ok, false);
    }
  });

  it("sees the host's control groups in the host's cgroup namespace only", async () => {
    const { result } = await runPreflight();
    // The check also needs cgroup v2, which not every machine has.
    assert.doesNotMatch(result.checks.cgroup?.detail ?? "missing", /missing|outside/);
    const options = ["--rm", "--pid", "host", "--cgroupns", "private", "--entrypoint", "linnix-preflight"];
    const { status, stdout } = await tryDocker("run", ...options, tag, "--require", "cgroup");
    assert.equal(status, 1);
    const { cgroup } = parsePreflight(stdout)?.checks ?? {};
    assert.match(cgroup?.detail ?? "", /outside of this container's cgroup namespace/);
    assert.match(cgroup?.remedy ?? "", /--cgroupns host/);
  });

  it("fails without the trace events, and says what to mount", async () => {
    const { status, result } = await runPreflight({ mounts: [] });
    assert.equal(status, 1);
    assert.match(result.checks.tracefs?.remedy ?? "", /mount -t tracefs/);
    assert.equal(result.checks.tracepoint?.ok, false);
  });

  it("refuses a check that it doesn't know", async () => {
    const entrypoint = ["--entrypoint", "linnix-preflight"];
    const { status, stderr } = await tryDocker("run", "--rm", ...entrypoint, tag, "--require", "btf,magic");
    assert.equal(status, 2);
    assert.match(stderr, /magic.*the checks are btf/);
  });

  for (const seconds of ["0", "61", "-1", "2.5", "2s", ""])
    it(`refuses ${JSON.stringify(seconds)} as a number of seconds`, async () => {
      const entrypoint = ["--entrypoint", "linnix-preflight"];
      const { status, stderr } = await tryDocker("run", "--rm", ...entrypoint, tag, "--within", seconds);
      assert.equal(status, 2);
      assert.match(stderr, /--within.*must be a whole number of seconds from 1 to 60/);
    });
});

describe("cognitod in its container", () => {
  let container: string;

  before(async () => {
    removeLater("image", "rm", tag);
    await build(cognitodBuild(sourceOf("sample/daemon"), testBases()), tag);
    container = await start(spec, tag, { LINNIX_API_TOKEN: token });
    await eventually("ready", async () => (await probe(container, readyProbe(ports.health).command)).status === 200);
  });
  after(removeMade);

  it("has exactly the two capabilities, and can't gain others", async () => {
    const pid = await docker("inspect", "--format", "{{.State.Pid}}", container);
    const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    const bits = (1n << 38n) | (1n << 39n);
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) {
      assert.equal(BigInt(`0x${new RegExp(`${set}:\\s*(\\S+)`).exec(status)?.[1] ?? "0"}`), bits, set);
    }
    assert.match(status, /NoNewPrivs:\s*1/);
  });

  it("counts what happens on the machine", async () => {
    const events = async () => {
      const text = await (await fetch(`http://127.0.0.1:${ports.health}/metrics/prometheus`)).text();
      return Number(/^linnix_events_total (\d+)$/m.exec(text)?.[1]);
    };
    const before = await events();
    for (let count = 0; count < 20; count++) await tryDocker("version");
    assert.ok((await events()) >= before + 20);
  });

  it("answers on its API only with the token", async () => {
    for (const route of ["/insights", "/healthz", "/readyz", "/"]) assert.equal((await api(route)).status, 401, route);
    assert.equal((await api("/healthz", { Authorization: "Bearer wrong" })).status, 401);
    assert.equal((await api("/healthz", { Authorization: `Bearer ${token}` })).status, 200);
  });

  it("tells in an insight that the model is out of reach", async () => {
    const answer = await api("/insights", { Authorization: `Bearer ${token}` });
    const { summary, timestamp } = (await answer.json()) as { summary: string; timestamp: unknown };
    assert.equal(answer.status, 200);
    assert.match(summary, /^LLM API error/);
    assert.ok(timestamp !== undefined);
  });

  it("loses its readiness, but not its life, when its probes are detached", async () => {
    await docker("kill", "--signal", "USR1", container);
    await eventually(
      "not ready",
      async () => (await probe(container, readyProbe(ports.health).command)).status === 503,
    );
    const { body } = await probe(container, readyProbe(ports.health).command);
    const answer = JSON.parse(body) as { ready: boolean; kernel_instrumentation: string; reason: string };
    assert.deepEqual([answer.ready, answer.kernel_instrumentation], [false, "unavailable"]);
    assert.match(answer.reason, /no events/);
    assert.equal((await probe(container, liveProbe(ports.health).command)).status, 200);
  });

  it("ends on SIGTERM by itself", async () => {
    await docker("stop", container);
    assert.equal(await docker("inspect", "--format", "{{.State.ExitCode}}", container), "0");
  });
});
