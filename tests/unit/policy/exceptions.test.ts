import assert from "node:assert/strict";

import { type Exception, dayOf, faultsOf, isExcepted } from "../../../policy/exceptions";

const granted: readonly Exception[] = [
  { rule: "container-ports", resource: "host-llama", reason: "a demonstration", until: "2026-03-31" },
];

describe("an exception", () => {
  it("holds for one resource and one rule, to the end of its last day", () => {
    const on = (today: string, rule = "container-ports", resource = "host-llama") =>
      isExcepted(granted, rule, resource, today);
    assert.deepEqual([on("2026-03-31"), on("2026-04-01")], [true, false]);
    assert.deepEqual(
      [on("2026-03-31", "container-image"), on("2026-03-31", "container-ports", "host-x")],
      [false, false],
    );
  });

  it("that is over is a breach, which says whose and why", () => {
    assert.deepEqual(faultsOf(granted, "2026-03-31"), []);
    const [fault = "", ...others] = faultsOf(granted, "2026-04-01");
    assert.match(fault, /host-llama from container-ports ended on 2026-03-31 \(a demonstration\)/);
    assert.deepEqual(others, []);
  });

  it("has days of UTC", () => {
    assert.equal(dayOf(new Date("2026-04-01T01:30:00+02:00")), "2026-03-31");
  });
});
