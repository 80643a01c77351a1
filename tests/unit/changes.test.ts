import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { ec2Schema } from "../../components/settings/schema-ec2";
import { type SettingName, keyOf, schema } from "../../components/settings/schema";
import { type Graph, type GraphResource, programGraph } from "../../scripts/lib/graph";
import { projectFolder } from "../../scripts/lib/home";

/**
 * Inputs whose change replaces the resource, by its name in the stack: of those that a setting reaches, what Terraform's
 * AWS provider marks as such (6.34, `ForceNew`), and what instance.ts asks for (user data).
 */
const replacing: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/instance:Instance": [
    "ami",
    "subnetId",
    "associatePublicIpAddress",
    "userDataBase64",
    "rootBlockDevice.kmsKeyId",
  ],
  "aws:ebs/volume:Volume": ["availabilityZone", "kmsKeyId"],
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:ec2/subnet:Subnet": ["cidrBlock", "vpcId"],
  "aws:ecr/repository:Repository": ["encryptionConfigurations"],
};

const base: Partial<Record<SettingName, string>> = { host: "ec2", "aws:region": "us-east-1" };
const login = { registry: "ghcr.io/me", registryUser: "me", registryPassword: "a-password" };
const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const images = { cognitod: `ghcr.io/me/cognitod@${digest}`, llama: `ghcr.io/me/llama@${digest}` };
/** As scripts/lib/aws-mocks.ts knows them. */
const existing = { vpcId: "vpc-0123456789abcdef0", subnetId: "subnet-0123456789abcdef0" };
const bucket = "https://models.s3.us-east-1.amazonaws.com";

/** A change of each setting: what it is set to beside the base, and where that can't stand alone, what it starts from. */
const changes: Partial<Record<SettingName, { to: Partial<Record<SettingName, string>>; from?: typeof base }>> = {
  source: { to: { source: "./tests/fixtures/sample-daemon" } },
  sourceCommit: { to: { sourceCommit: "a".repeat(40) } },
  baseImages: { to: { baseImages: '{"runtime":"debian:other"}' } },
  builder: { to: { builder: "ci" } },
  images: { to: { images: JSON.stringify(images) } },
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
  slackWebhook: { to: { slackWebhook: "https://hooks.slack.com/services/T0/B0/x" } },
  registry: { to: login },
  registryUser: { from: login, to: { ...login, registryUser: "other" } },
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

/** Secrets change nothing that can be seen here: the desired state names their versions (tests/unit/desired-state). */
const unseen = ["apiToken", "registryPassword"];
/** Refused on EC2, or what makes another stack. */
const elsewhere = ["bases", "privileges", "requireKernelInstrumentation", "host", "aws:region"];

interface Row {
  readonly settings: readonly string[];
  readonly effect: string;
}

/** The README's table. */
function rows(): Row[] {
  const text = fs.readFileSync(path.join(projectFolder, "README.md"), "utf8");
  const table = /### What happens when I change …\n\n((?:\|.*\n)+)/.exec(text)?.[1] ?? "";
  return table
    .split("\n")
    .slice(2, -1)
    .map((line) => {
      const [, change = "", effect = ""] = line.split(" | ").join("|").split("|");
      const settings = [...change.matchAll(/`([^`/]+)`/g)].map(([, name = ""]) => name);
      return { settings, effect };
    });
}

const at = (inputs: unknown, place: string): unknown =>
  place.split(".").reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], inputs);

/** What became of the resources of a type: `made`, `gone`, `replaced`, `changed`. */
function fate(before: Graph, after: Graph, type: string): Set<string> {
  const of = ({ resources }: Graph) => new Map(resources.filter((it) => it.type === type).map((it) => [it.name, it]));
  const [old, now] = [of(before), of(after)];
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const compared = ([name, { inputs }]: [string, GraphResource]): string => {
    const next = now.get(name);
    if (next === undefined) return "gone";
    if (same(inputs, next.inputs)) return "same";
    const moved = (replacing[type] ?? []).some((place) => !same(at(inputs, place), at(next.inputs, place)));
    return moved ? "replaced" : "changed";
  };
  const made = [...now.keys()].filter((name) => !old.has(name)).map(() => "made");
  return new Set([...[...old].map(compared), ...made]);
}

/** What the README's words for an effect say of host, data volume, VPC, release and repositories. */
function holds(effect: string, before: Graph, after: Graph): void {
  const host = fate(before, after, "aws:ec2/instance:Instance");
  const volume = fate(before, after, "aws:ebs/volume:Volume");
  const vpc = fate(before, after, "aws:ec2/vpc:Vpc");
  const repositories = fate(before, after, "aws:ecr/repository:Repository");
  const release = ["pulumi-nodejs:dynamic/linnix:Rollout", "docker-build:index:Image"].flatMap((type) => [
    ...fate(before, after, type),
  ]);
  const has = (what: Set<string>, ...fates: string[]) => fates.some((it) => what.has(it));
  // All ids are alike under mocks: a host in another subnet is another host.
  if (has(fate(before, after, "aws:ec2/subnet:Subnet"), "replaced", "gone")) host.add("replaced");

  assert.equal(
    has(host, "replaced", "gone", "made"),
    /(replaces|new) .*host/.test(effect) && !effect.includes("same host"),
  );
  assert.equal(has(host, "made"), effect.startsWith("a new host"));
  assert.equal(has(volume, "replaced", "gone", "made"), effect.includes("replaces host, data volume"));
  assert.equal(has(vpc, "replaced", "gone"), effect.includes("replaces network"));
  assert.equal(has(repositories, "replaced", "gone"), effect.includes("repositories") || effect === "images");
  const released = release.some((it) => it !== "same");
  assert.equal(released, effect.includes("new release"));
}

describe("the README's table of what a change does", function () {
  this.timeout(60_000);
  const graphOf = (raw: typeof base) =>
    programGraph(
      "dev",
      Object.fromEntries(Object.entries({ ...base, ...raw }).map(([name, value]) => [keyOf(name), value])),
    );
  let untouched: Graph;
  before(async () => {
    untouched = await graphOf({});
  });

  it("has every setting of an EC2 stack", () => {
    const told = new Set(rows().flatMap(({ settings }) => settings));
    const known = [...Object.keys(schema), ...Object.keys(ec2Schema)];
    assert.deepEqual(
      known.filter((name) => !told.has(name) && !elsewhere.includes(name)),
      [],
    );
    assert.deepEqual(
      Object.keys(changes).filter((name) => !told.has(name)),
      [],
    );
  });

  for (const [name, { to, from }] of Object.entries(changes)) {
    const [effect] = rows()
      .filter(({ settings }) => settings.includes(name))
      .map((row) => row.effect);
    it(`${name}: ${effect ?? "is not in it"}`, async () => {
      assert.ok(effect !== undefined);
      // Images that are taken as they are need no repositories: the row of `registry` says what becomes of those.
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
