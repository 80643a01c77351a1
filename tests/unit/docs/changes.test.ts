import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { ec2Schema } from "../../../components/settings/ec2/schema";
import { type SettingName, keyOf, schema } from "../../../components/settings/schema";
import { type ChangeKind, changesBetween } from "../../../scripts/graph-diff/compare";
import { type Graph, programGraph } from "../../../scripts/render/graph";
import { projectFolder } from "../../../scripts/lib/home";

const base: Partial<Record<SettingName, string>> = { host: "ec2", "aws:region": "us-east-1" };
const login = { registry: "ghcr.io/me", registryUser: "me", registryPassword: "a-password" };
const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const images = { cognitod: `ghcr.io/me/cognitod@${digest}`, llama: `ghcr.io/me/llama@${digest}` };
/** The ids that scripts/render/aws-mocks.ts answers for. */
const existing = { vpcId: "vpc-0123456789abcdef0", subnetId: "subnet-0123456789abcdef0" };
const bucket = "https://models.s3.us-east-1.amazonaws.com";

/** A change of each setting: what is set in addition to the base and, where that is invalid alone, what it starts from. */
const changes: Partial<Record<SettingName, { to: Partial<Record<SettingName, string>>; from?: typeof base }>> = {
  source: { to: { source: "./sample/daemon" } },
  sourceCommit: { to: { sourceCommit: "a".repeat(40) } },
  baseImages: { to: { baseImages: '{"runtime":"debian:other"}' } },
  builder: { to: { builder: "ci" } },
  images: { to: { images: JSON.stringify(images) } },
  llm: { to: { llm: "none" } },
  llmModel: { from: { llm: "https://llm.example/v1" }, to: { llm: "https://llm.example/v1", llmModel: "other" } },
  llmApiKey: { from: { llm: "https://llm.example/v1" }, to: { llm: "https://llm.example/v1", llmApiKey: "a-key" } },
  model: { to: { model: `${bucket}/other.gguf` } },
  modelSha256: { to: { modelSha256: "a".repeat(64) } },
  apiPort: { to: { apiPort: "3001" } },
  healthPort: { to: { healthPort: "9465" } },
  llamaPort: { to: { llamaPort: "8091" } },
  cognitodMemory: { to: { cognitodMemory: "600" } },
  llamaMemory: { to: { llamaMemory: "4200" } },
  llamaThreads: { to: { llamaThreads: "1" } },
  llamaContext: { to: { llamaContext: "2048" } },
  logLevel: { to: { logLevel: "debug" } },
  healthTimeout: { to: { healthTimeout: "700" } },
  cognitodConfig: { to: { cognitodConfig: '{"psi":{"sustained_pressure_seconds":30}}' } },
  rules: { to: { rules: "./tests/fixtures/rules.yaml" } },
  slackWebhook: { to: { slackWebhook: "https://hooks.slack.com/services/T0/B0/x" } },
  registry: { to: login },
  registryUser: { from: login, to: { ...login, registryUser: "other" } },
  sessionArns: { to: { sessionArns: "arn:aws:s3:::sessions" } },
  dataVolume: { to: { dataVolume: "vol-0fedcba9876543210" } },
  egress: { to: { egress: "10.0.0.5:3128" } },
  proxy: { to: { proxy: "http://10.0.0.5:3128" } },
  noProxy: {
    from: { proxy: "http://10.0.0.5:3128" },
    to: { proxy: "http://10.0.0.5:3128", noProxy: ".example" },
  },
  owner: { to: { owner: "other" } },
  tags: { to: { tags: '{"Team":"other"}' } },
  logDays: { to: { logDays: "90" } },
  flowLogs: { to: { flowLogs: "true" } },
  alarmEmails: { to: { alarmEmails: "a@example.com" } },
  snapshotDays: { to: { snapshotDays: "14" } },
  permissionsBoundary: { to: { permissionsBoundary: "arn:aws:iam::123456789012:policy/b" } },
  protect: { to: { protect: "true" } },
  rootGiB: { to: { rootGiB: "30" } },
  dataGiB: { to: { dataGiB: "30" } },
  instanceType: { to: { instanceType: "m7i.large" } },
  system: { to: { system: "debian13" } },
  machineImage: { to: { machineImage: "ami-0fedcba9876543210" } },
  swapMiB: { to: { swapMiB: "0" } },
  private: { from: { model: `${bucket}/m.gguf` }, to: { model: `${bucket}/m.gguf`, private: "true" } },
  vpcCidr: { to: { vpcCidr: "10.1.0.0/24" } },
  vpcId: { to: { ...existing } },
  subnetId: { to: { ...existing } },
  customerKey: { to: { customerKey: "true" } },
};

/** A changed secret changes nothing in the graph: the desired state has its version only, which is known after the update. */
const unseen = ["apiToken", "registryPassword"];
/** Invalid on EC2, or part of what identifies the stack. */
const elsewhere = [
  "bases",
  "publishedImages",
  "cognitodUser",
  "engineOwner",
  "privileges",
  "requireKernelInstrumentation",
  "host",
  "aws:region",
];

interface Row {
  readonly settings: readonly string[];
  readonly effect: string;
}

/** The rows of the table in docs/OPERATIONS.md. */
function rows(): Row[] {
  const text = fs.readFileSync(path.join(projectFolder, "docs", "OPERATIONS.md"), "utf8");
  const table = /## What happens when I change a setting\n\n((?:\|.*\n)+)/.exec(text)?.[1] ?? "";
  return table
    .split("\n")
    .slice(2, -1)
    .map((line) => {
      const [, change = "", effect = ""] = line.split(" | ").join("|").split("|");
      const settings = [...change.matchAll(/`([^`/]+)`/g)].map(([, name = ""]) => name);
      return { settings, effect };
    });
}

/** What happens to the resources of a type. */
function fate(earlier: Graph, later: Graph, type: string): Set<ChangeKind> {
  const of = ({ resources }: Graph) => ({ resources: resources.filter((it) => it.type === type), outputs: {} });
  return new Set(changesBetween(of(earlier), of(later)).map(({ kind }) => kind));
}

/** Asserts that an effect, as the table words it, is what happens to host, data volume, VPC, release and repositories. */
function holds(effect: string, before: Graph, after: Graph): void {
  const host = fate(before, after, "aws:ec2/instance:Instance");
  const volume = fate(before, after, "aws:ebs/volume:Volume");
  const vpc = fate(before, after, "aws:ec2/vpc:Vpc");
  const repositories = fate(before, after, "aws:ecr/repository:Repository");
  const release = ["pulumi-nodejs:dynamic/linnix:Rollout", "docker-build:index:Image"].flatMap((type) => [
    ...fate(before, after, type),
  ]);
  const has = (what: Set<ChangeKind>, ...fates: ChangeKind[]) => fates.some((it) => what.has(it));
  // Mocks give the same id to every subnet, so the graph alone does not show that another subnet replaces the host.
  if (has(fate(before, after, "aws:ec2/subnet:Subnet"), "replaced", "removed")) host.add("replaced");

  assert.equal(
    has(host, "replaced", "removed", "added"),
    /(replaces|new) .*host/.test(effect) && !effect.includes("same host"),
  );
  assert.equal(has(host, "added"), effect.startsWith("a new host"));
  assert.equal(has(volume, "replaced", "removed", "added"), effect.includes("replaces host, data volume"));
  assert.equal(has(vpc, "replaced", "removed"), effect.includes("replaces network"));
  assert.equal(has(repositories, "replaced", "removed"), effect.includes("repositories") || effect === "images");
  const released = release.some((it) => it !== "options");
  assert.equal(released, effect.includes("new release"));
}

describe("the table of what a changed setting does", function () {
  this.timeout(60_000);
  const graphs = new Map<string, Promise<Graph>>();
  /** The graph with these settings. Several changes start from the same one, which takes a third of a second. */
  const graphOf = (raw: typeof base): Promise<Graph> => {
    const settings = Object.fromEntries(
      Object.entries({ ...base, ...raw }).map(([name, value]) => [keyOf(name), value]),
    );
    const key = JSON.stringify(settings);
    const graph = graphs.get(key) ?? programGraph("dev", settings);
    graphs.set(key, graph);
    return graph;
  };
  let untouched: Graph;
  before(async () => {
    untouched = await graphOf({});
  });

  it("has every setting of an EC2 stack", () => {
    const documented = new Set(rows().flatMap(({ settings }) => settings));
    const known = [...Object.keys(schema), ...Object.keys(ec2Schema)];
    assert.deepEqual(
      known.filter((name) => !documented.has(name) && !elsewhere.includes(name)),
      [],
    );
    assert.deepEqual(
      Object.keys(changes).filter((name) => !documented.has(name)),
      [],
    );
  });

  for (const [name, { to, from }] of Object.entries(changes)) {
    const [effect] = rows()
      .filter(({ settings }) => settings.includes(name))
      .map((row) => row.effect);
    it(`${name}: ${effect ?? "is missing"}`, async () => {
      assert.ok(effect !== undefined);
      // Prebuilt images need no repositories; the row of `registry` says what happens to those.
      const words = name === "images" ? `${effect}; repositories` : effect;
      holds(words, from === undefined ? untouched : await graphOf(from), await graphOf(to));
    });
  }

  it("leaves out no setting here", () => {
    const tried = [...Object.keys(changes), ...unseen, ...elsewhere];
    assert.deepEqual(
      [...Object.keys(schema), ...Object.keys(ec2Schema)].filter((name) => !tried.includes(name)),
      [],
    );
  });
});
