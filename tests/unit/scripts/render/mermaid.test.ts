import assert from "node:assert/strict";

import { readStackFile } from "../../../../scripts/lib/stack-file";
import { mermaidText } from "../../../../scripts/render/mermaid";
import type { Graph, ShownResource } from "../../../../scripts/render/graph";
import { renderStack } from "../../../../scripts/render/render-stack";

/** The lines that mermaid's text may have here; a label is quoted and has no character that mermaid reads as its own. */
const label = String.raw`"((?:[^"#<>&]|<br>|#\w+;)+)"`;
const shapes = {
  node: new RegExp(String.raw`^ +(r(?:_\d+)+)\[${label}\]$`),
  group: new RegExp(String.raw`^ +subgraph (r(?:_\d+)+)\[${label}\]$`),
  edge: /^ {2}(r(?:_\d+)+) --> (r(?:_\d+)+)$/,
  end: /^ +end$/,
  head: /^(flowchart LR| {2}%% .*|)$/,
};

interface Picture {
  /** By id. */
  readonly labels: ReadonlyMap<string, string>;
  readonly groups: readonly string[];
  readonly edges: readonly (readonly [string, string])[];
}

/** Reads the text, and fails at a line of another shape. */
function picture(text: string): Picture {
  const labels = new Map<string, string>();
  const groups: string[] = [];
  const edges: [string, string][] = [];
  let open = 0;
  for (const line of text.split("\n")) {
    const [group, node, edge] = [shapes.group.exec(line), shapes.node.exec(line), shapes.edge.exec(line)];
    const [, id = "", shown = ""] = group ?? node ?? [];
    if (id !== "") {
      assert.ok(!labels.has(id), `${id} is there twice`);
      labels.set(id, shown);
    }
    if (group !== null) groups.push(id);
    if (edge !== null) edges.push([edge[1]!, edge[2]!]);
    open += group === null ? (shapes.end.test(line) ? -1 : 0) : 1;
    assert.ok(open >= 0 && Object.values(shapes).some((shape) => shape.test(line)), line);
  }
  assert.equal(open, 0);
  return { labels, groups, edges };
}

const resource = (name: string, parent = "", more: Partial<ShownResource> = {}): ShownResource => ({
  ...{ type: "aws:ec2/subnet:Subnet", name, parent, options: {}, inputs: {} },
  ...more,
});

for (const stack of ["dev", "local"]) {
  describe(`the picture of the stack ${stack}`, function () {
    this.timeout(60_000);
    let graph: Graph;
    let drawn: Picture;
    before(async () => {
      ({ graph } = await renderStack(readStackFile(stack)));
      drawn = picture(mermaidText(graph));
    });

    it("has each resource once, and each parent as a group", () => {
      assert.equal(drawn.labels.size, graph.resources.length);
      const parents = new Set(graph.resources.map(({ parent }) => parent).filter((name) => name !== ""));
      assert.equal(drawn.groups.length, parents.size);
    });

    it("has no hash in a label, and no name of a package", () => {
      for (const text of drawn.labels.values()) assert.doesNotMatch(text, /[0-9a-f]{8}|:|\//);
    });

    it("connects what it has, each pair once, and nothing with itself or what contains it", () => {
      const seen = drawn.edges.map((edge) => edge.join());
      assert.equal(new Set(seen).size, seen.length);
      assert.ok(seen.length > 10);
      for (const [from, to] of drawn.edges) {
        assert.ok(drawn.labels.has(from) && drawn.labels.has(to));
        assert.ok(from !== to && !from.startsWith(`${to}_`) && !to.startsWith(`${from}_`), `${from} ${to}`);
      }
    });

    it("is within what GitHub draws: 500 arrows, 50,000 characters", () => {
      assert.ok(drawn.edges.length <= 500 && mermaidText(graph).length <= 50_000);
    });
  });
}

describe("a picture", () => {
  it("groups by parents, with names that do not repeat them, and the types without packages", () => {
    const resources = [
      resource("host", "", { type: "linnix:host:Ec2Host" }),
      resource("host-network", "host", { type: "linnix:host:Network" }),
      resource("host-network-subnet", "host-network"),
      resource("host-rollout", "host", {
        type: "pulumi-nodejs:dynamic/linnix:Rollout",
        options: { dependsOn: ["host-network-subnet", "unknown"] },
      }),
    ];
    assert.equal(
      mermaidText({ resources }),
      [
        "flowchart LR",
        "  %% An arrow goes to what a resource needs.",
        '  subgraph r_1["host (Ec2Host)"]',
        '    subgraph r_1_1["network (Network)"]',
        '      r_1_1_1["subnet<br>ec2 Subnet"]',
        "    end",
        '    r_1_2["rollout<br>Rollout"]',
        "  end",
        "  r_1_2 --> r_1_1",
        "",
      ].join("\n"),
    );
  });

  it("keeps names that mermaid or a terminal would read as its own as text", () => {
    const { labels } = picture(mermaidText({ resources: [resource('end"]; #quot; <b>&\u001b[2J\nx')] }));
    assert.deepEqual([...labels.values()], ["end#quot;]; #35;quot; #lt;b#gt;#amp; x<br>ec2 Subnet"]);
  });
});
