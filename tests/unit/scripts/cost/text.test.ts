import assert from "node:assert/strict";

import { monthlyBill } from "../../../../scripts/cost/bill";
import { billText } from "../../../../scripts/cost/text";

const inputs = {
  instanceType: "t3.large",
  rootBlockDevice: { volumeSize: 20, volumeType: "gp3" },
  creditSpecification: { cpuCredits: "unlimited" },
};
const common = { name: "x", parent: "", options: {} };

describe("a bill in the terminal", () => {
  const text = billText(
    "dev",
    monthlyBill({
      resources: [
        { type: "aws:ec2/instance:Instance", inputs, ...common },
        { type: "aws:dlm/lifecyclePolicy:LifecyclePolicy", inputs: {}, ...common },
      ],
    }),
  );

  it("has a line for each item, usage by that word, and the total below the amounts", () => {
    const rows = text.split("\n").slice(3, 7);
    assert.deepEqual(
      rows.map((line) => line.replace(/ {2,}/g, " | ")),
      [
        "instance | t3.large, 730 hours at 0.0832 | 60.74",
        "root volume | 20 GiB gp3 at 0.08 | 1.60",
        "daily snapshots | usage, 5 GB at 0.05 | 0.25",
        "together | of it 0.25 for assumed usage | 62.59",
      ],
    );
    assert.equal(new Set(rows.map(({ length }) => length)).size, 1);
  });

  it("says when the prices are from and that nobody checked them, and what is not counted", () => {
    assert.match(text, /^dev: USD a month of 730 hours\n\(list prices from memory, not compared .* of 2026-/);
    assert.match(text, /^ {2}traffic to the internet: 0\.09 a GB\n {2}CPU time .*: 0\.05 a vCPU and hour\n/m);
    assert.match(text, /^Not counted either: tax, /m);
  });

  it("of a stack without AWS is one sentence", () => {
    assert.equal(
      billText("local", monthlyBill({ resources: [] })),
      "local: costs nothing; it has no resource in AWS\n",
    );
  });
});
