import assert from "node:assert/strict";

import type { Observation, PreflightResult } from "../../../../components/health/observation";
import { acceptable, explain, healthReport, isUnsettled } from "../../../../components/health/report";
import { expected, running, well } from "../../../fixtures/observations";

const passed = well.preflight!;
const failed: PreflightResult = {
  ...passed,
  ok: false,
  missing: ["kprobe"],
  checks: { ...passed.checks, kprobe: { ok: false, detail: "lacking", remedy: "fix it" } },
};
const notReady = {
  status: 503,
  body: '{"ready":false,"reason":"no kprobes","kernel_instrumentation":"unavailable","transport":"userspace"}',
};
const live = well.cognitod.live!;
const now = "2026-11-24T12:00:00.000Z";
const later = "2026-11-24T13:00:00.000Z";
const report = (seen: Partial<Observation>, expectation = expected) =>
  healthReport({ ...well, ...seen }, expectation, now);

describe("the health report", () => {
  it("is healthy when both services answer as they should", () => {
    assert.deepEqual(healthReport(well, expected, now), {
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
    assert.equal(cognitod.detail, "no kprobes; kprobe: lacking; fix it");
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
      const { healthy, ...services } = report(seen);
      assert.deepEqual([services.cognitod.status, services.llama.status, healthy], [cognitod, llama, false]);
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

  it("has no sequences of a terminal, and no text without an end, whatever the services answer", () => {
    const long = `\u001b]0;title\u0007\u001b[31mred\u202e${"x".repeat(60_000)}`;
    const body = JSON.stringify({
      reason: long,
      kernel_instrumentation: long,
      transport: long,
      error: { message: long },
    });
    const answer = { status: 503, body };
    const seen = { ...well, cognitod: { ...running, ready: answer }, llama: { ...running, ready: answer } };
    const made = healthReport(seen, expected, now);
    assert.match(made.cognitod.detail, /^redx+…$/);
    assert.match(made.llama.detail, /^redx+…$/);
    const llama = { ...running, ready: { status: 503, body: long } };
    const texts = [JSON.stringify(made), explain(made, { ...seen, llama }, true)];
    for (const text of texts) assert.ok(Buffer.byteLength(text) < 4_000, String(Buffer.byteLength(text)));
    assert.ok(!texts[0]!.includes("\\u001b"), "as JSON has it");
    for (const bad of ["\u001b", "\u0007", "\u202e"]) assert.ok(texts.every((text) => !text.includes(bad)));
  });

  it("calls no service healthy whose container runs another image than the deployed one", () => {
    const foreign = { otherImage: "sha256:old" };
    const { healthy, cognitod, llama } = report({
      cognitod: { ...well.cognitod, ...foreign },
      llama: { ...well.llama!, ...foreign },
    });
    assert.deepEqual([healthy, cognitod.status, llama.status], [false, "unhealthy", "unhealthy"]);
    assert.match(
      cognitod.detail,
      /runs the image sha256:old, not the deployed one: `npm start`, or `pulumi up --refresh`, replaces it/,
    );
  });

  it("names the sample as one, whatever its state", () => {
    const sample = { ...expected, sample: true };
    for (const seen of [{}, { cognitod: gone }, { cognitod: silent }]) {
      assert.match(report(seen, sample).cognitod.detail, /^sample daemon, not Linnix/);
    }
  });

  it("has no preflight to tell of when none ran", () => {
    const { preflight, ...without } = well;
    assert.equal(healthReport(without, expected, now).kernel.preflight, "skipped");
  });

  it("tells what else is wrong with the host, is not healthy for it, and no other release would fix it", () => {
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
    assert.equal(healthReport({ ...without, kernel: "6.12.9" }, expected, now).kernel.release, "6.12.9");
    assert.equal(report({ kernel: "6.12.9" }).kernel.release, preflight?.kernel.release);
  });

  it("keeps the time of an unchanged state, in whatever order its keys come back", () => {
    const before = healthReport(well, expected, now);
    const turned = Object.fromEntries(Object.entries(before).reverse()) as unknown as typeof before;
    assert.equal(healthReport(well, expected, later, turned).since, now);
    assert.equal(healthReport({ ...well, llama: silent }, expected, later, before).since, later);
  });

  it("is acceptable when healthy, or degraded where that is accepted", () => {
    const degraded = report({ preflight: failed, cognitod: { ...running, ready: notReady, live } });
    assert.equal(acceptable(healthReport(well, expected, now), true), true);
    assert.equal(acceptable(degraded, false), true);
    assert.equal(acceptable(degraded, true), false);
    assert.equal(acceptable({ ...degraded, llama: { ...degraded.llama, status: "unhealthy" } }, false), false);
  });

  it("is explained with service, answer and log lines, of the unhealthy service only", () => {
    const seen = { ...well, cognitod: { ...running, ready: notReady, live, log: ["first", "second"] } };
    const text = explain(healthReport(seen, expected, now), seen, false);
    assert.match(
      text,
      /cognitod is unhealthy: no kprobes\n {2}container: running\n {2}probe's answer: 503 .*no kprobes/,
    );
    assert.match(text, /last log lines:\n {4}first\n {4}second/);
    assert.ok(!text.includes("llama"));
  });

  it("is observed again when an input changed, or when it is not acceptable", () => {
    const inputs = { requireKernelInstrumentation: false, triggers: ["a"] };
    const good = healthReport(well, expected, now);
    const sick = report({ llama: silent });
    const degraded = report({ preflight: failed, cognitod: { ...running, ready: notReady, live } });
    assert.equal(isUnsettled(inputs, { ...inputs }, good), false);
    assert.equal(isUnsettled(inputs, { ...inputs, triggers: ["b"] }, good), true);
    assert.equal(isUnsettled(inputs, inputs, sick), true);
    assert.equal(isUnsettled(inputs, inputs, degraded), false);
    const required = { ...inputs, requireKernelInstrumentation: true };
    assert.equal(isUnsettled(required, required, degraded), true);
  });
});
