import assert from "node:assert/strict";

import { defined } from "../../../../components/defined";
import { parseAnswer, parsePreflight } from "../../../../components/health/probe-output";
import { healthReport } from "../../../../components/health/report";
import { expected, well } from "../../../fixtures/observations";

describe("what a probe prints", () => {
  it("is a body and, on the last line, a status", () => {
    assert.deepEqual(parseAnswer('{"a":1}\n200\n'), { status: 200, body: '{"a":1}' });
    assert.deepEqual(parseAnswer("two\nlines\n503"), { status: 503, body: "two\nlines" });
  });

  it("is no answer when there is no status", () => {
    for (const output of ["", "\n000\n", "OCI runtime exec failed", "{}"])
      assert.equal(parseAnswer(output).status, 0, output);
  });
});

describe("the preflight's output", () => {
  const check = { ok: false, detail: "lacking", remedy: "fix it" };
  const report = { ok: false, kernel: { release: "6.12" }, missing: ["btf"], checks: { btf: check } };

  it("is its last line", () => {
    assert.deepEqual(parsePreflight(`noise\n${JSON.stringify(report)}\n`), report);
  });

  it("is nothing when it is no JSON", () => {
    assert.equal(parsePreflight("exec format error"), undefined);
    assert.equal(parsePreflight(""), undefined);
  });

  for (const [what, value] of [
    ["null", null],
    ["a list", []],
    ["an object without anything", {}],
    ["a kernel that is a text", { ...report, kernel: "6.12" }],
    ["no kernel's release", { ...report, kernel: {} }],
    ["missing checks that are a number", { ...report, missing: 1 }],
    ["missing checks that are no texts", { ...report, missing: [null] }],
    ["no checks", { ...report, checks: null }],
    ["a check that is null", { ...report, checks: { btf: null } }],
    ["a check whose remedy is a number", { ...report, checks: { btf: { ...check, remedy: 1 } } }],
    ["a result that is a text", { ...report, ok: "yes" }],
  ] as const) {
    it(`is nothing with ${what}, and the health report is made without it`, () => {
      const { cognitod, llama } = well;
      const services = { cognitod, ...defined({ llama }) };
      const preflight = parsePreflight(JSON.stringify(value));
      assert.equal(preflight, undefined);
      assert.equal(
        healthReport({ ...services, ...defined({ preflight }) }, expected, "now").kernel.preflight,
        "skipped",
      );
    });
  }

  it("has no sequences of a terminal, and no text without an end", () => {
    const long = { ...check, detail: `\u001b[2Jgone${"é".repeat(60_000)}` };
    const read = parsePreflight(JSON.stringify({ ...report, checks: { btf: long } }));
    const detail = read?.checks.btf?.detail ?? "";
    assert.match(detail, /^goneé+…$/);
    assert.ok(Buffer.byteLength(detail) <= 400);
  });
});
