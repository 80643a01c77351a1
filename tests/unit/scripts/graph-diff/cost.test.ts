import assert from "node:assert/strict";

import { costLine } from "../../../../scripts/graph-diff/cost";
import type { ShownGraph } from "../../../../scripts/render/graph";

const graph = (size: number, type = "gp3"): ShownGraph => ({
  resources: [{ type: "aws:ebs/volume:Volume", name: "data", parent: "host", options: {}, inputs: { size, type } }],
  outputs: {},
});
const nothing: ShownGraph = { resources: [], outputs: {} };

describe("the cost of a change", () => {
  const cases: [string, ShownGraph | undefined, ShownGraph | undefined, string][] = [
    ["that adds", graph(10), graph(40), "about +2.40 USD a month, 3.20 in all"],
    ["that saves", graph(40), graph(10), "about -2.40 USD a month, 0.80 in all"],
    ["that leaves the cost as it is", graph(10), graph(10), "no change, about 0.80 USD a month"],
    ["that adds a stack", undefined, graph(10), "about +0.80 USD a month, 0.80 in all"],
    ["that removes a stack", graph(10), undefined, "about -0.80 USD a month, 0.00 in all"],
    ["of a stack without AWS", nothing, nothing, "no change, it costs nothing"],
    ["to something without a price", graph(10), graph(10, "io`2"), "not known, without a price for volume type `io'2`"],
    ["from something without a price", graph(10, "io2"), graph(10), "not known, without a price for volume type `io2`"],
  ];
  for (const [what, before, after, expected] of cases) {
    it(`${what}: ${expected}`, () => {
      assert.equal(costLine({ stack: "dev", before, after }), `- dev: ${expected}`);
    });
  }
});
