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
  const bill = monthlyBill({
    resources: [
      { type: "aws:ec2/instance:Instance", inputs, ...common },
      { type: "aws:dlm/lifecyclePolicy:LifecyclePolicy", inputs: {}, ...common },
    ],
  });
  const text = billText("dev", bill, 120);

  it("has a line for each item, usage by that word, and the total below the amounts", () => {
    const rows = text.split("\n").slice(3, 7);
    assert.deepEqual(
      rows.map((line) => line.replace(/ {2,}/g, " | ")),
      [
        "instance | 60.74 | t3.large, 730 hours at 0.0832",
        "root volume | 1.60 | 20 GiB gp3 at 0.08",
        "daily snapshots | 0.25 | usage, 5 GB at 0.05",
        "together | 62.59 | of it 0.25 for assumed usage",
      ],
    );
    const pointOf = (line: string) => line.indexOf(".", "daily snapshots".length);
    assert.equal(new Set(rows.map(pointOf)).size, 1);
  });

  it("has no line beyond the terminal's width, and the same words in any", () => {
    const narrow = billText("dev", bill, 60);
    assert.ok(
      narrow.split("\n").every(({ length }) => length <= 60),
      narrow,
    );
    const words = (it: string) => it.split(/\s+/);
    assert.deepEqual(words(narrow), words(text));
  });

  it("says when the prices are from and that nobody checked them, and what is not counted", () => {
    assert.match(text, /^dev: USD a month of 730 hours\n\(list prices from memory, not compared .* of 2026-/);
    assert.match(text, /^ {2}traffic to the internet: 0\.09 a GB\n {2}CPU time .*: 0\.05 a vCPU and hour\n/m);
    assert.match(text, /^Not counted either: tax, /m);
  });

  it("of a stack without AWS is one sentence", () => {
    assert.equal(
      billText("local", monthlyBill({ resources: [] }), 80),
      "local: costs nothing; it has no resource in AWS\n",
    );
  });
});
