import assert from "node:assert/strict";

import { changesBetween, outputChanges } from "../../../../scripts/graph-diff/compare";
import { graphDiff } from "../../../../scripts/graph-diff/markdown";
import type { ShownGraph, ShownResource } from "../../../../scripts/render/graph";

const instance = "aws:ec2/instance:Instance";

const resource = (
  type: string,
  inputs: ShownResource["inputs"],
  options: ShownResource["options"] = {},
): ShownResource => ({ type, name: "host", parent: "stack", inputs, options });

const graph = (...resources: ShownResource[]): ShownGraph => ({ resources, outputs: {} });

/** The changes as `kind because: lines`. */
const changes = (before: ShownGraph, after: ShownGraph) =>
  changesBetween(before, after).map(({ kind, because, lines }) => ({ kind, because, lines }));

describe("the difference of two graphs", () => {
  const host = resource(instance, { ami: "ami-1", instanceType: "t3.large", userData: "#!/bin/sh\necho 1\n" });

  it("is empty for equal graphs, whatever their order", () => {
    const topic = resource("aws:sns/topic:Topic", { name: "a" });
    assert.deepEqual(changes(graph(host, topic), graph(topic, structuredClone(host))), []);
  });

  it("has an added resource with its properties, and a removed one", () => {
    const topic = resource("aws:sns/topic:Topic", { name: "alarms" });
    const [added] = changes(graph(host), graph(host, topic));
    assert.deepEqual([added?.kind, added?.because], ["added", []]);
    assert.ok(added?.lines.includes('+ name = "alarms"'), added?.lines.join("\n"));
    assert.equal(changes(graph(host, topic), graph(host))[0]?.kind, "removed");
  });

  const cases: [string, Partial<ShownResource>, object][] = [
    [
      "changed by an input that its provider changes in place",
      { inputs: { ...host.inputs, instanceType: "m7i.large" } },
      { kind: "changed", because: [], lines: ['- instanceType = "t3.large"', '+ instanceType = "m7i.large"'] },
    ],
    [
      "changed by one line of a text",
      { inputs: { ...host.inputs, userData: "#!/bin/sh\necho 2\n" } },
      { kind: "changed", because: [], lines: ["- userData | echo 1", "+ userData | echo 2"] },
    ],
    [
      "replaced by an input that its provider cannot change",
      { inputs: { ...host.inputs, ami: "ami-2", instanceType: "m7i.large" } },
      {
        kind: "replaced",
        because: ["ami"],
        lines: ['- ami = "ami-1"', '- instanceType = "t3.large"', '+ ami = "ami-2"', '+ instanceType = "m7i.large"'],
      },
    ],
    [
      "replaced by its replacement trigger",
      { options: { replacementTrigger: "b" } },
      { kind: "replaced", because: ["replacementTrigger"], lines: ['+ option.replacementTrigger = "b"'] },
    ],
    [
      "replaced by another existing resource that becomes it",
      { options: { importId: "i-1" } },
      { kind: "replaced", because: ["importId"], lines: ['+ option.importId = "i-1"'] },
    ],
    [
      "replaced by another parent",
      { parent: "other" },
      {
        kind: "replaced",
        because: ["parent, unless it has an alias"],
        lines: ['- parent = "stack"', '+ parent = "other"'],
      },
    ],
    [
      "protected, which no provider is asked for",
      { options: { protect: true } },
      { kind: "options", because: [], lines: ["+ option.protect = true"] },
    ],
  ];
  for (const [what, change, expected] of cases) {
    it(`has a resource that is ${what}`, () => {
      const sorted = (all: readonly string[]) => [...all].sort();
      const [found, ...others] = changes(graph(host), graph({ ...host, ...change }));
      assert.deepEqual(others, []);
      assert.deepEqual(
        { ...found, lines: sorted(found?.lines ?? []) },
        {
          ...expected,
          lines: sorted((expected as { lines: string[] }).lines),
        },
      );
    });
  }

  it("leaves out a change of an input that the engine ignores", () => {
    const options = { ignoreChanges: ["ami"] };
    const [before, after] = ["ami-1", "ami-2"].map((ami) => graph(resource(instance, { ami }, options)));
    assert.deepEqual(changes(before!, after!), []);
  });

  it("replaces a container by any input but those that Docker changes in place", () => {
    const container = (inputs: object) => graph(resource("docker:index/container:Container", { ...inputs }));
    const [replaced] = changes(container({ image: "a", memory: 1 }), container({ image: "b", memory: 2 }));
    assert.deepEqual([replaced?.kind, replaced?.because], ["replaced", ["image"]]);
    const [changed] = changes(container({ image: "a", memory: 1 }), container({ image: "a", memory: 2 }));
    assert.equal(changed?.kind, "changed");
  });

  it("replaces by an input within another", () => {
    const of = (kmsKeyId: string) => graph(resource(instance, { rootBlockDevice: { kmsKeyId, volumeSize: 20 } }));
    assert.deepEqual(changes(of("a"), of("b"))[0]?.because, ["rootBlockDevice.kmsKeyId"]);
  });

  it("has the stack outputs that differ", () => {
    const outputs = (endpoint: string) => ({ resources: [], outputs: { endpoint, host: "local" } });
    assert.deepEqual(outputChanges(outputs("a"), outputs("b")), ['- endpoint = "a"', '+ endpoint = "b"']);
  });
});

describe("the report of graph-diff", () => {
  const host = resource(instance, { ami: "ami-1" });

  it("counts the kinds, and begins with what is replaced", () => {
    const topic = resource("aws:sns/topic:Topic", { name: "alarms" });
    const text = graphDiff([
      { stack: "dev", before: graph(host), after: graph(topic, { ...host, inputs: { ami: "ami-2" } }) },
    ]);
    assert.match(
      text,
      /^## dev\n\n1 replaced, 1 added\.\n\n- replaced by `ami`: `aws:ec2[^`]+` \*\*host\*\*\n\n {2}```diff\n/,
    );
    assert.match(text, / {2}- ami = "ami-1"\n {2}\+ ami = "ami-2"\n {2}```\n\n- added: `aws:sns/);
  });

  it("says so where nothing changes, and where only one version has the stack", () => {
    const text = graphDiff([
      { stack: "a", before: graph(host), after: graph(host) },
      { stack: "b", before: undefined, after: graph(host) },
      { stack: "c", before: graph(host), after: undefined },
    ]);
    assert.match(text, /## a\n\nNo resource changes\.\n\n## b\n\n1 added\. A new stack\.\n/);
    assert.match(text, /## c\n\n1 removed\. The stack is removed\.\n\n- removed: [^\n]+\*\*host\*\*\n\n## Cost\n/);
  });

  it("ends with what the change costs in each stack, where the prices are from, and what it does not know", () => {
    const volume = (size: number) => graph(resource("aws:ebs/volume:Volume", { size, type: "gp3" }));
    const text = graphDiff([
      { stack: "dev", before: volume(10), after: volume(20) },
      { stack: "local", before: graph(), after: graph() },
    ]);
    assert.match(
      text,
      /\n\n## Cost\n\n- dev: about \+0\.80 USD a month, 1\.60 in all\n- local: no change, it costs nothing\n\nAt list prices [^\n]+\n\nFrom the graphs [^\n]+\n$/,
    );
  });

  it("cuts long values and many lines, and counts those that it leaves out", () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`tag${index}`, "x".repeat(500)]));
    const text = graphDiff([{ stack: "dev", before: graph(), after: graph(resource("a:b:C", many)) }]);
    assert.match(text, /\n {2}… 21 more lines\n {2}```\n/);
    for (const line of text.split("\n").filter((it) => it.startsWith("  "))) assert.ok(line.length <= 162, line);
  });

  it("keeps a value that looks like the end of a block inside it", () => {
    const before = graph(resource(instance, { userData: "#!/bin/sh\necho\n" }));
    const after = graph(resource(instance, { userData: "#!/bin/sh\n```\n# heading\n" }));
    const text = graphDiff([{ stack: "dev", before, after }]);
    assert.deepEqual(text.match(/^ *```.*$/gm), ["  ```diff", "  ```"]);
    assert.doesNotMatch(text, /^# heading/m);
  });
});
