import assert from "node:assert/strict";

import { metricNames } from "../../../../components/hosts/ec2/protocol";
import { type Bill, monthlyBill, regionNote } from "../../../../scripts/cost/bill";
import { freeTypes, lines } from "../../../../scripts/cost/lines";
import { instancePrice, usd } from "../../../../scripts/cost/prices";
import { uncounted } from "../../../../scripts/cost/usage";
import { readStackFile } from "../../../../scripts/lib/stack-file";
import type { Graph, ShownResource } from "../../../../scripts/render/graph";
import { renderStack } from "../../../../scripts/render/render-stack";
import { variations } from "../../../../scripts/render/variations";
import { useVariationGraphs } from "../../../fixtures/ec2-graph";

const resource = (type: string, inputs: ShownResource["inputs"]): ShownResource => ({
  ...{ type, name: type, parent: "", options: {}, inputs },
});
const host = (inputs: ShownResource["inputs"]) => resource("aws:ec2/instance:Instance", inputs);
const rootBlockDevice = { volumeSize: 20, volumeType: "gp3" };
const billOf = (...resources: ShownResource[]): Bill => monthlyBill({ resources });
const amounts = ({ lines: all }: Bill) => Object.fromEntries(all.map((line) => [line.title, line.usd]));

describe("the bill of every stack", function () {
  this.timeout(120_000);
  const { everywhere } = useVariationGraphs();
  const graphs: Record<string, Graph> = {};
  before(async () => {
    const stacks = Object.fromEntries(["local", "dev", "prod"].map((of) => [of, { of, settings: {} }]));
    for (const [name, { of, settings }] of Object.entries({ ...stacks, ...variations })) {
      const file = readStackFile(of);
      graphs[name] = (await renderStack({ ...file, raw: { ...file.raw, ...settings } })).graph;
    }
  });

  it("charges for each type of AWS's resources that the program makes, or has it among the free ones", () => {
    const made = new Set(Object.values(graphs).flatMap(({ resources }) => resources.map(({ type }) => type)));
    everywhere(({ resources }) => {
      for (const { type } of resources) made.add(type);
    });
    const charged = new Set([...lines, ...uncounted].flatMap(({ types }) => types));
    const known = [...charged, ...freeTypes];
    assert.deepEqual(
      [...made].filter((type) => type.startsWith("aws:") && !known.includes(type)),
      [],
      "add these types to scripts/cost/lines.ts",
    );
    assert.deepEqual(
      known.filter((type) => !made.has(type)),
      [],
      "the program makes none of these",
    );
    assert.deepEqual(
      freeTypes.filter((type) => charged.has(type)),
      [],
    );
  });

  it("lacks no price", () => {
    for (const [name, graph] of Object.entries(graphs)) assert.deepEqual(monthlyBill(graph).missing, [], name);
  });

  it("is the sum of its lines as they are printed, to the cent", () => {
    const { lines: all, total, assumed } = monthlyBill(graphs.prod!);
    const cents = (only: typeof all) =>
      only.reduce((sum, line) => sum + Number(line.usd.toFixed(2).replace(".", "")), 0);
    assert.equal(total.toFixed(2).replace(".", ""), String(cents(all)));
    assert.equal(
      assumed.toFixed(2).replace(".", ""),
      String(cents(all.filter((line) => line.assumed))).padStart(3, "0"),
    );
    assert.equal(new Set(all.map(({ title }) => title)).size, all.length);
  });

  it("has the metrics that the host puts", () => {
    const own = monthlyBill(graphs.dev!).lines.find(({ title }) => title === "the host's own metrics");
    assert.equal(own?.quantity, Object.keys(metricNames).length);
  });

  it("of a local stack has nothing", () => {
    const { lines: all, total, uncounted: usage } = monthlyBill(graphs.local!);
    assert.deepEqual([all, total, usage], [[], 0, []]);
  });

  it("of a private network has its endpoints, and no address", () => {
    const [open, closed] = [monthlyBill(graphs.dev!), monthlyBill(graphs["dev-private"]!)].map(amounts);
    assert.deepEqual([open?.["interface endpoints"], open?.["public IPv4 address"]], [undefined, 3.65]);
    assert.deepEqual([closed?.["interface endpoints"], closed?.["public IPv4 address"]], [43.8, undefined]);
  });

  it("has the images in the stack's own registry only", () => {
    assert.equal(amounts(monthlyBill(graphs.dev!))["images in ECR"], 0.02);
    assert.equal(amounts(monthlyBill(graphs["dev-registry"]!))["images in ECR"], undefined);
  });
});

describe("a bill", () => {
  it("has what the inputs say", () => {
    const bill = billOf(
      host({ instanceType: "m7i.large", rootBlockDevice, associatePublicIpAddress: false, monitoring: false }),
      resource("aws:ebs/volume:Volume", { size: 100, type: "gp3" }),
    );
    assert.deepEqual(amounts(bill), { instance: 73.58, "root volume": 1.6, "data volume": 8 });
    assert.equal(bill.total, 83.18);
  });

  it("keeps logs as long as their group does", () => {
    const kept = (retentionInDays: number, ...more: ShownResource[]) =>
      amounts(billOf(resource("aws:cloudwatch/logGroup:LogGroup", { retentionInDays }), ...more))["kept logs"];
    assert.deepEqual([kept(7), kept(3650)], [0, 0.72]);
    assert.equal(kept(3650, resource("aws:ec2/flowLog:FlowLog", {})), 1.44);
  });

  it("charges for a desired state that the parameter store keeps as an advanced parameter", () => {
    const charged = (document: string) =>
      amounts(billOf(host({ instanceType: "t3.large", rootBlockDevice }), rollout(document)));
    const rollout = (document: string) => resource("pulumi-nodejs:dynamic/linnix:Rollout", { document });
    const title = "parameters over 4 KiB (desired state)";
    assert.equal(charged("x".repeat(4094))[title], undefined);
    assert.equal(charged("x".repeat(4095))[title], 0.05);
    // A placeholder of 33 characters stands for a digest of 71.
    const later = "[known after deployment: digest x]";
    assert.equal(charged(`${"x".repeat(4094 - 71)}${later}`)[title], undefined);
    assert.equal(charged(`${"x".repeat(4094 - 70)}${later}`)[title], 0.05);
  });

  it("names what has no price", () => {
    const missing = billOf(
      host({ instanceType: "p5.48xlarge", rootBlockDevice: { volumeSize: 20, volumeType: "io2" } }),
      resource("aws:ec2/natGateway:NatGateway", {}),
    ).missing.map(({ key, value }) => `${key} ${value}`);
    assert.deepEqual(missing, [
      "linnix:instanceType p5.48xlarge",
      "volume type io2",
      "type of resource aws:ec2/natGateway:NatGateway",
    ]);
  });

  it("says that another region's prices are taken", () => {
    const of = (region: string) => regionNote(billOf(resource("pulumi-nodejs:dynamic/linnix:Rollout", { region })));
    assert.equal(of("us-east-1"), undefined);
    assert.equal(of("eu-west-1"), "those of us-east-1: the price list has none for eu-west-1");
  });

  it("names the usage of what the stack has", () => {
    const usage = (...resources: ShownResource[]) => billOf(...resources).uncounted.map(({ what }) => what);
    assert.deepEqual(usage(host({ instanceType: "m7i.large" })), ["traffic to the internet"]);
    assert.equal(usage(host({ instanceType: "t3.large", creditSpecification: { cpuCredits: "unlimited" } })).length, 2);
  });
});

describe("a price", () => {
  const cases: [string, number | undefined][] = [
    ["t3.large", 0.0832],
    ["t3.small", 0.0208],
    ["t4g.large", 0.0672],
    ["m7i.2xlarge", 0.4032],
    ["m7i.small", undefined],
    ["c7i.large", undefined],
    ["constructor.large", undefined],
    ["t3", undefined],
  ];
  for (const [type, price] of cases) {
    it(`of ${type} is ${price ?? "not known"}`, () => {
      assert.equal(instancePrice(type)?.toFixed(6), price?.toFixed(6));
    });
  }

  it("is printed with two digits, or as many as it has", () => {
    assert.deepEqual([0.3, 1, 0.0832, 0.1008 * 3, 0.005].map(usd), ["0.30", "1.00", "0.0832", "0.3024", "0.005"]);
  });
});
