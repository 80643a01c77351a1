import assert from "node:assert/strict";

import { importGraph, pathTo } from "../../../scripts/lib/import-graph";

/** A direction that imports must not take. */
interface Rule {
  readonly title: string;
  /** The files that the rule restricts. */
  readonly from: RegExp;
  /** The files and packages that they must not import. */
  readonly to: RegExp;
  /** Imports through other files count too. */
  readonly indirectly?: true;
  /** Files that the rule does not restrict. */
  readonly except?: RegExp;
}

const rules: readonly Rule[] = [
  {
    title: "settings and services load no Pulumi package, so that `npm run check` needs none",
    from: /^components\/(settings|services)\//,
    to: /^@pulumi\//,
    indirectly: true,
    except: /^components\/settings\/load\.ts$/,
  },
  {
    title: "of Pulumi, loading the settings needs @pulumi/pulumi alone",
    from: /^components\/settings\/load\.ts$/,
    to: /^@pulumi\/(?!pulumi$)/,
    indirectly: true,
  },
  { title: "images know no kind of host", from: /^components\/images\//, to: /^components\/hosts\// },
  {
    title: "hosts know no kind of registry, only the interface",
    from: /^components\/hosts\//,
    to: /^components\/images\/registry\/(?!registry\.ts$)/,
  },
  {
    title: "health knows no provider and no kind of host",
    from: /^components\/health\//,
    to: /^(@pulumi\/|@aws-sdk\/|components\/hosts\/)/,
    indirectly: true,
  },
  {
    title: "the EC2 host does not use the local host",
    from: /^components\/hosts\/ec2\//,
    to: /^components\/hosts\/local\//,
  },
  {
    title: "the local host does not use the EC2 host",
    from: /^components\/hosts\/local\//,
    to: /^components\/hosts\/ec2\//,
  },
  {
    title: "the program uses no policy, script, test or sample",
    from: /^(index\.ts|components\/)/,
    to: /^(policy|scripts|tests|sample)\//,
  },
  { title: "the policy pack uses no script or test", from: /^policy\//, to: /^(scripts|tests|sample)\// },
  {
    title: "its rules know no Pulumi package",
    from: /^policy\/(rules\/|exceptions\.ts$)/,
    to: /^@pulumi\//,
    indirectly: true,
  },
  { title: "scripts use no test", from: /^scripts\//, to: /^tests\// },
];

describe("the directions of imports", () => {
  const graph = importGraph();

  for (const { title, from, to, indirectly, except } of rules) {
    it(title, () => {
      const restricted = [...graph.keys()].filter((file) => from.test(file) && except?.test(file) !== true);
      assert.ok(restricted.length > 0, "the rule restricts no file: correct its pattern");
      const found = restricted.flatMap((file) => {
        if (indirectly) return [pathTo(graph, file, (target) => to.test(target)) ?? []];
        return (graph.get(file) ?? []).filter((target) => to.test(target)).map((target) => [file, target]);
      });
      const violations = found.filter((files) => files.length > 0).map((files) => files.join(" → "));
      assert.deepEqual(violations, []);
    });
  }

  it("have no cycle, type imports included", () => {
    const cycles = [...graph.keys()].flatMap((file) => {
      const cycle = pathTo(graph, file, (target) => target === file);
      // Each cycle once: it is found again from each of its files.
      return cycle?.every((other) => file <= other) === true ? [cycle.join(" → ")] : [];
    });
    assert.deepEqual(cycles, []);
  });
});
