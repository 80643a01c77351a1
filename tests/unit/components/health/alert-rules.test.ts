import assert from "node:assert/strict";

import { healthReport } from "../../../../components/health/report";
import { expected, well } from "../../../fixtures/observations";

const reportWith = (status: number, body: string) =>
  healthReport({ ...well, cognitod: { ...well.cognitod, rules: { status, body } } }, expected, "now");

describe("the number of alert rules in the health report", () => {
  it("is what cognitod reports", () => {
    const { healthy, cognitod } = reportWith(200, '{"active_rules":7}');
    assert.deepEqual([healthy, cognitod.activeRules, cognitod.detail], [true, 7, "ready"]);
  });

  it("is reported in the detail if there are none, which is not unhealthy", () => {
    const { healthy, cognitod } = reportWith(200, '{"active_rules":0}');
    assert.deepEqual([healthy, cognitod.activeRules], [true, 0]);
    assert.match(cognitod.detail, /^ready; no alert rule is active/);
  });

  it("is absent if cognitod or its image does not report it", () => {
    for (const report of [reportWith(0, ""), reportWith(401, "unauthorized"), healthReport(well, expected, "now")]) {
      assert.deepEqual([report.healthy, "activeRules" in report.cognitod], [true, false]);
    }
  });
});
