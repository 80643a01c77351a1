import assert from "node:assert/strict";

import { mutationScope } from "../../../../scripts/mutation/scope";

describe("the scope of mutation tests", () => {
  const graph = new Map<string, readonly string[]>([
    ["components/a/one.ts", []],
    ["components/a/two.ts", ["components/a/one.ts"]],
    ["components/ab/three.ts", []],
    ["tests/unit/two.test.ts", ["components/a/two.ts"]],
    ["tests/unit/three.test.ts", ["components/ab/three.ts"]],
    ["tests/unit/scripts/render/golden.test.ts", ["components/a/one.ts"]],
    ["tests/unit/architecture/imports.test.ts", ["components/a/one.ts"]],
    ["tests/images/one.test.ts", ["components/a/one.ts"]],
  ]);

  it("is the modules at a path, and the unit tests that import them, also through another module", () => {
    assert.deepEqual(mutationScope(graph, ["components/a/one.ts"]), {
      mutated: ["components/a/one.ts"],
      specs: ["tests/unit/two.test.ts"],
    });
    assert.deepEqual(mutationScope(graph, ["components/a"]).mutated, ["components/a/one.ts", "components/a/two.ts"]);
  });

  it("is nothing outside of components and scripts", () => {
    assert.deepEqual(mutationScope(graph, ["tests"]), { mutated: [], specs: [] });
  });
});
