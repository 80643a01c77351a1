import assert from "node:assert/strict";

import { type GateInputs, mustAsk, waitUntilAcceptable } from "../../components/health/gate";
import {
  type Expectation,
  type Observation,
  type PreflightResult,
  type ServiceObservation,
  acceptable,
  explain,
  judge,
} from "../../components/health/report";

const expected: Expectation = {
  release: "r1",
  sample: false,
  model: "m",
  endpoints: { cognitod: "http://127.0.0.1:9464/readyz", llama: "http://127.0.0.1:8090/health" },
};
const check = (ok: boolean) => ({ ok, detail: ok ? "fine" : "lacking", remedy: ok ? null : "mend it" });
const passed: PreflightResult = {
  ok: true,
  kernel: { release: "6.12" },
  missing: [],
  checks: { btf: check(true), tracefs: check(true), psi: check(true), kprobe: check(true) },
};
const failed: PreflightResult = {
  ...passed,
  ok: false,
  missing: ["kprobe"],
  checks: { ...passed.checks, kprobe: check(false) },
};
const running: ServiceObservation = { state: "running", running: true, restarts: 0, log: ["a line"] };
const ready = {
  status: 200,
  body: '{"ready":true,"reason":null,"kernel_instrumentation":"active","transport":"perf"}',
};
const notReady = {
  status: 503,
  body: '{"ready":false,"reason":"no kprobes","kernel_instrumentation":"unavailable","transport":"userspace"}',
};
const live = { status: 200, body: '{"status":"ok"}' };
const well: Observation = {
  preflight: passed,
  cognitod: { ...running, ready, live },
  llama: { ...running, ready: { status: 200, body: '{"status":"ok"}' } },
};
const now = "2026-11-24T12:00:00.000Z";
const later = "2026-11-24T13:00:00.000Z";
const report = (seen: Partial<Observation>, expectation = expected) => judge({ ...well, ...seen }, expectation, now);

describe("the health report", () => {
  it("is healthy when both services answer as they should", () => {
    assert.deepEqual(judge(well, expected, now), {
      healthy: true,
      release: "r1",
      since: now,
      kernel: { release: "6.12", btf: true, tracefs: true, psi: true, preflight: "passed" },
      cognitod: {
        ...{ status: "healthy", kernelInstrumentation: "active", transport: "perf" },
        ...{ detail: "ready", endpoint: expected.endpoints.cognitod },
      },
      llama: { status: "healthy", model: "m", detail: "model loaded", endpoint: expected.endpoints.llama },
    });
  });

  it("calls cognitod degraded when it lives, says why, and the kernel is to blame", () => {
    const { healthy, cognitod, kernel } = report({
      preflight: failed,
      cognitod: { ...running, ready: notReady, live },
    });
    assert.equal(cognitod.status, "degraded");
    assert.equal(cognitod.detail, "no kprobes; kprobe: lacking; mend it");
    assert.deepEqual([healthy, kernel.preflight, cognitod.transport], [false, "failed", "userspace"]);
  });

  it("calls cognitod unhealthy when the kernel is not to blame", () => {
    const { cognitod } = report({ cognitod: { ...running, ready: notReady, live } });
    assert.deepEqual([cognitod.status, cognitod.detail], ["unhealthy", "no kprobes"]);
  });

  it("calls cognitod unhealthy, not degraded, when it doesn't even live", () => {
    const seen = { preflight: failed, cognitod: { ...running, ready: notReady, live: { status: 0, body: "" } } };
    assert.equal(report(seen).cognitod.status, "unhealthy");
  });

  const silent = { ...running, ready: { status: 0, body: "" } };
  const gone = { state: "exited (exit status 137), out of memory", running: false, restarts: 3, log: [] };
  const cases: [string, Partial<Observation>, string, string][] = [
    ["cognitod silent", { cognitod: silent }, "unreachable", "healthy"],
    ["llama silent", { llama: silent }, "healthy", "unreachable"],
    ["cognitod gone", { cognitod: gone }, "unhealthy", "healthy"],
    ["llama gone", { llama: gone }, "healthy", "unhealthy"],
    ["the engine away", { unreachable: "no engine" }, "unreachable", "unreachable"],
  ];
  for (const [what, seen, cognitod, llama] of cases) {
    it(`tells ${what}`, () => {
      const { healthy, ...told } = report(seen);
      assert.deepEqual([told.cognitod.status, told.llama.status, healthy], [cognitod, llama, false]);
    });
  }

  it("says what llama says while it loads its model", () => {
    const answer = { status: 503, body: '{"error":{"message":"Loading model","code":503}}' };
    const { llama } = report({ llama: { ...running, ready: answer } });
    assert.deepEqual([llama.status, llama.detail], ["unhealthy", "Loading model"]);
  });

  it("survives answers that are no JSON", () => {
    const page = { status: 502, body: "<html>" };
    const { cognitod, llama } = report({
      cognitod: { ...running, ready: page, live: page },
      llama: { ...running, ready: page },
    });
    assert.deepEqual([cognitod.detail, llama.detail], ["/readyz answered 502", "/health answered 502"]);
  });

  it("names the sample as one, whatever its state", () => {
    const sample = { ...expected, sample: true };
    for (const seen of [{}, { cognitod: gone }, { cognitod: silent }]) {
      assert.match(report(seen, sample).cognitod.detail, /^sample daemon, not Linnix/);
    }
  });

  it("has no preflight to tell of when none ran", () => {
    const { preflight, ...without } = well;
    assert.equal(judge(without, expected, now).kernel.preflight, "skipped");
  });

  it("tells what else is wrong with the host, is not healthy for it, and no other release would mend it", () => {
    const troubled = report({ problems: ["the data volume is full"] });
    assert.deepEqual([troubled.healthy, troubled.problems], [false, ["the data volume is full"]]);
    assert.equal(acceptable(troubled, true), true);
    assert.equal(explain(troubled, well, true), "host: the data volume is full");
    assert.ok(!("problems" in report({ problems: [] })));
  });

  it("calls nothing healthy that is of another release than was deployed", () => {
    const { healthy, cognitod, llama } = report({ release: "r0" });
    assert.deepEqual([healthy, cognitod.status, llama.status], [false, "unhealthy", "unhealthy"]);
    for (const { detail } of [cognitod, llama]) assert.match(detail, /^the host runs release r0, not r1: /);
    assert.equal(report({ release: "r1" }).healthy, true);
  });

  it("knows the kernel's release without a preflight where the host tells it", () => {
    const { preflight, ...without } = well;
    assert.equal(judge({ ...without, kernel: "6.12.9" }, expected, now).kernel.release, "6.12.9");
    assert.equal(report({ kernel: "6.12.9" }).kernel.release, preflight?.kernel.release);
  });

  it("keeps the time of an unchanged state, in whatever order its keys come back", () => {
    const before = judge(well, expected, now);
    const turned = Object.fromEntries(Object.entries(before).reverse()) as unknown as typeof before;
    assert.equal(judge(well, expected, later, turned).since, now);
    assert.equal(judge({ ...well, llama: silent }, expected, later, before).since, later);
  });

  it("is acceptable when healthy, or degraded where that is accepted", () => {
    const degraded = report({ preflight: failed, cognitod: { ...running, ready: notReady, live } });
    assert.equal(acceptable(judge(well, expected, now), true), true);
    assert.equal(acceptable(degraded, false), true);
    assert.equal(acceptable(degraded, true), false);
    assert.equal(acceptable({ ...degraded, llama: { ...degraded.llama, status: "unhealthy" } }, false), false);
  });

  it("is explained with service, answer and log lines, of the unhealthy service only", () => {
    const seen = { ...well, cognitod: { ...running, ready: notReady, live, log: ["first", "second"] } };
    const text = explain(judge(seen, expected, now), seen, false);
    assert.match(
      text,
      /cognitod is unhealthy: no kprobes\n {2}container: running\n {2}probe's answer: 503 .*no kprobes/,
    );
    assert.match(text, /last log lines:\n {4}first\n {4}second/);
    assert.ok(!text.includes("llama"));
  });
});

describe("the gate", () => {
  const inputs: GateInputs<string> = {
    ...{ expected, plan: "plan", deadlineSeconds: 0, requireKernelInstrumentation: false, triggers: ["a"] },
  };
  const crashing = (restarts: number): Observation => ({
    ...well,
    llama: { ...running, running: false, state: "restarting", restarts },
  });
  const looks = (...seen: Observation[]) => {
    let index = 0;
    return () => Promise.resolve(seen[Math.min(index++, seen.length - 1)]!);
  };

  it("passes at once when all is well, and keeps the images' sizes", async () => {
    const observe = looks({ ...well, imageBytes: { llama: 1 } });
    const { report: told, imageBytes } = await waitUntilAcceptable(inputs, observe, undefined, () => undefined);
    assert.deepEqual([told.healthy, imageBytes], [true, { llama: 1 }]);
  });

  it("waits for what heals, and tells each change once", async () => {
    const said: string[] = [];
    const loading = { ...well, llama: { ...running, ready: { status: 503, body: "" } } };
    const patient = { ...inputs, deadlineSeconds: 60 };
    const { report: told } = await waitUntilAcceptable(patient, looks(loading, loading, well), undefined, (line) =>
      said.push(line),
    );
    assert.equal(told.healthy, true);
    assert.deepEqual(
      said.map((line) => /llama (\w+)/.exec(line)?.[1]),
      ["unhealthy", "healthy"],
    );
  });

  it("fails at its deadline with service, answer and log lines", async () => {
    const seen = { ...well, llama: { ...running, ready: { status: 503, body: "busy" }, log: ["out of luck"] } };
    const waiting = waitUntilAcceptable(inputs, looks(seen), undefined, () => undefined);
    await assert.rejects(waiting, /not healthy within 0 s\nllama is unhealthy[^]*503 busy[^]*out of luck/);
  });

  it("gives up on a service that keeps crashing, long before the deadline", async () => {
    const patient = { ...inputs, deadlineSeconds: 3600 };
    const waiting = waitUntilAcceptable(patient, looks(crashing(2), crashing(7)), undefined, () => undefined);
    await assert.rejects(waiting, /keeps crashing\nllama is unhealthy: container is restarting/);
  });

  it("asks again when anything of its inputs changed, or the last report can't stand", () => {
    const state = { ...inputs, report: judge(well, expected, now), imageBytes: {} };
    assert.equal(mustAsk(state, { ...inputs }), false);
    assert.equal(mustAsk(state, { ...inputs, triggers: ["b"] }), true);
    assert.equal(
      mustAsk(
        {
          ...state,
          report: { ...state.report, healthy: false, llama: { ...state.report.llama, status: "unhealthy" } },
        },
        inputs,
      ),
      true,
    );
  });

  it("doesn't ask again for a degradation that was accepted", () => {
    const degraded = judge(
      { ...well, preflight: failed, cognitod: { ...running, ready: notReady, live } },
      expected,
      now,
    );
    const state = { ...inputs, report: degraded, imageBytes: {} };
    assert.equal(mustAsk(state, inputs), false);
    assert.equal(mustAsk(state, { ...inputs, requireKernelInstrumentation: true }), true);
  });
});
