import assert from "node:assert/strict";

import { mutationScope } from "../../../../scripts/mutation/scope";

describe("the scope of mutation tests", () => {
  const one = "components/a/one.ts";
  const two = "components/a/two.ts";
  const graph = new Map<string, readonly string[]>([
    [one, []],
    [two, [one]],
    ["components/ab/three.ts", []],
    ["tests/unit/one.test.ts", [one]],
    ["tests/unit/two.test.ts", [two]],
    ["tests/unit/components/a/two.test.ts", [two]],
    ["tests/unit/components/a/other.test.ts", []],
    ["tests/unit/three.test.ts", ["components/ab/three.ts"]],
    ["tests/unit/scripts/render/golden.test.ts", [one]],
    ["tests/unit/architecture/imports.test.ts", [one]],
    ["tests/images/one.test.ts", [one]],
  ]);

  it("is the modules at a path, the unit tests that import them, and those of their folder that reach them", () => {
    assert.deepEqual(mutationScope(graph, [one]), {
      mutated: [one],
      specs: ["tests/unit/components/a/two.test.ts", "tests/unit/one.test.ts"],
    });
    assert.deepEqual(mutationScope(graph, ["components/a"]).mutated, [one, two]);
  });

  it("is nothing outside of components and scripts", () => {
    assert.deepEqual(mutationScope(graph, ["tests"]), { mutated: [], specs: [] });
  });
});
