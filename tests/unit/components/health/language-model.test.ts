import assert from "node:assert/strict";

import { expectation } from "../../../../components/health/expectation";
import { acceptable, healthReport } from "../../../../components/health/report";
import { settingsOf } from "../../../fixtures/settings";
import { well } from "../../../fixtures/observations";

const { llama, ...withoutLlama } = well;
const reportOf = (llm: string) => {
  const settings = settingsOf({ llm, source: "sample" }, { stack: "local" });
  return healthReport(withoutLlama, expectation(settings, "r"), "now");
};

describe("the health report of a stack without llama-server", () => {
  it("is healthy with llama disabled", () => {
    const report = reportOf("none");
    assert.deepEqual(report.llama, { status: "disabled", detail: "linnix:llm is none: cognitod gives no insights" });
    assert.ok(report.healthy && acceptable(report, true));
  });

  it("names an external server and does not count it", () => {
    const report = reportOf("https://api.example.com");
    const { status, endpoint, model } = report.llama;
    assert.deepEqual(
      [status, endpoint, model],
      ["external", "https://api.example.com/v1/chat/completions", "linnix-3b-distilled"],
    );
    assert.ok(report.healthy && acceptable(report, true));
  });

  it("still counts llama where it runs", () => {
    const settings = settingsOf({ source: "sample" }, { stack: "local" });
    const report = healthReport(withoutLlama, expectation(settings, "r"), "now");
    assert.deepEqual([report.healthy, report.llama.status], [false, "unhealthy"]);
    assert.ok(llama !== undefined);
  });
});
