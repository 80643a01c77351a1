import assert from "node:assert/strict";

import fc from "fast-check";

import { instanceType } from "../../../../../components/settings/ec2/instance-types";
import { schema } from "../../../../../components/settings/schema";
import { ec2Schema } from "../../../../../components/settings/ec2/schema";
import { type RawSettings, validate } from "../../../../../components/settings/validate";
import { check, ec2, existing, images, inEcr, login, isolated, world } from "../../../../fixtures/ec2-settings/base";
import { settingsOf } from "../../../../fixtures/settings";

const inRegion = {
  cognitod: images.cognitod.replace("ghcr.io/my-org", inEcr),
  llama: images.llama.replace("ghcr.io/my-org", inEcr),
};

describe("settings of an EC2 host", () => {
  const accepted: [string, RawSettings][] = [
    ["the least", {}],
    ["settings as Pulumi hands them over", { private: "false", dataGiB: "30", alarmEmails: '["a@b.cd","e@f.gh"]' }],
    ["addresses by comma", { alarmEmails: "a@b.cd, e@f.gh" }],
    ["a registry by address", login],
    ["an encrypted password", { ...login, registryPassword: { secure: "v1:x" } }],
    ["a registry with a port", { ...login, registry: "registry:5000" }],
    ["images taken as they are", { images }],
    ["such images from a registry that asks for a password", { images, ...login }],
    ["such images for arm64", { images: { ...images, architecture: "arm64" }, instanceType: "m7g.large" }],
    ["such images as text", { images: JSON.stringify(images) }],
    ["an existing network", existing],
    ["a private one that may have a way out", { ...existing, private: true, system: "debian13", ...login }],
    ["a network without one", isolated],
    ["a bucket as a path", { ...isolated, model: "https://s3.eu-west-1.amazonaws.com/my.models/m.gguf" }],
    ["ECR's images there", { ...isolated, images: inRegion }],
    [
      "a small model on a small host",
      { model: "https://a.b/m.gguf", instanceType: "t3.medium", llamaMemory: 2048, dataGiB: 2 },
    ],
    ["a checkout", { source: "/src" }],
    ["limits that just fit", { llamaMemory: 6656, cognitodMemory: 512, llamaThreads: 2 }],
    ["the least memory and disk for upstream's model", { llamaMemory: 3072, dataGiB: 8, rootGiB: 8, swapMiB: 2048 }],
    ["a private range up to its end", { vpcCidr: "172.31.255.192/26" }],
    ["no swap", { swapMiB: 0, rootGiB: 8 }],
    ["as many tags as fit", { tags: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`t${index}`, ""])) }],
    ["tags", { tags: { Team: "platform", "cost:center": "42" }, owner: "platform-team@example.com" }],
    ["kernel instrumentation, set to what it always is", { requireKernelInstrumentation: true }],
    ["a webhook", { slackWebhook: "https://hooks.slack.com/services/T0/B0/xyz" }],
  ];
  for (const [what, raw] of accepted) {
    it(`accept ${what}`, () => {
      assert.deepEqual(check(raw), []);
    });
  }

  it("require a stack's name that is allowed in resource names", () => {
    for (const stack of ["Prod", "my_stack", "a".repeat(25), "-a", "a-"]) {
      const faults = check({}, { stack });
      assert.deepEqual(
        faults.map(({ key, value }) => [key, value]),
        [["stack", stack]],
      );
    }
    assert.deepEqual(check({}, { stack: "my_settings", stackIsGuess: true }), []);
    assert.deepEqual(validate({}, { ...world, stack: "My_stack" }).faults, []);
  });

  it("report every contradiction at once, and what follows from a wrong value not at all", () => {
    const keys = (raw: RawSettings) => check(raw).map(({ key }) => key.replace(/^linnix:/, ""));
    assert.deepEqual(keys({ source: "sample", model: "sample", dataGiB: 0, vpcId: existing.vpcId }), [
      ...["dataGiB", "source", "model", "vpcId"],
    ]);
    assert.deepEqual(keys({ host: "ec", instanceType: "m7i.large", protect: true, registryUser: "me" }), ["host"]);
    assert.deepEqual(keys({ ...login, registry: "ghcr" }), ["registry"]);
    assert.deepEqual(keys({ registry: inEcr }), ["registry"]);
    assert.deepEqual(keys({ images, source: "sample", sourceCommit: "main" }), ["sourceCommit", "source"]);
    assert.deepEqual(keys({ private: true, vpcId: existing.vpcId }), ["vpcId"]);
    assert.deepEqual(keys({ instanceType: "z9.large", llamaThreads: 8, llamaMemory: 9000 }), ["instanceType"]);
  });

  it("name what would fit, and nothing that wouldn't", () => {
    const [both] = check({ llamaMemory: 9000, cognitodMemory: 8000 });
    assert.match(both?.problem ?? "", /t3\.large has 8192$/);
    const remedy = (raw: RawSettings) => check(raw)[0]?.remedy ?? "";
    assert.match(remedy({ images, instanceType: "t4g.large" }), /set linnix:instanceType t3\.large/);
    const arm64 = { ...images, architecture: "arm64" };
    assert.match(remedy({ images: arm64 }), /set linnix:instanceType t4g\.large/);
    assert.match(remedy({ instanceType: "t4g.small" }), /set linnix:instanceType t4g\.large/);
    assert.match(remedy({ instanceType: "t3.medium" }), /set linnix:instanceType m7i\.large/);
    assert.match(remedy({ instanceType: "t4g.large", llamaMemory: 9000 }), /set linnix:instanceType m7g\.xlarge/);
    assert.match(remedy({ llamaMemory: 1000000 }), /set linnix:llamaMemory 6656 /);
    assert.match(remedy({ rootGiB: 8, swapMiB: 4096 }), /set linnix:rootGiB 10 /);
    assert.match(remedy({ llamaThreads: 4 }), /set linnix:llamaThreads 2 /);
  });

  it("are refused on a local host, each by name, except for values equal to the default", () => {
    const given: RawSettings = {
      ...login,
      ...existing,
      ...{
        builder: "ci",
        system: "debian13",
        instanceType: "m7i.large",
        machineImage: "newest",
        vpcCidr: "10.1.0.0/24",
      },
      ...{ private: "true", rootGiB: 21, dataGiB: "21", swapMiB: 0, protect: true, logDays: 90, flowLogs: true },
      ...{ alarmEmails: "a@b.cd", snapshotDays: 1, permissionsBoundary: "arn:aws:iam::123456789012:policy/b" },
      ...{ customerKey: true, owner: "me", tags: { a: "b" }, egress: "10.0.0.5:3128" },
      ...{ proxy: "http://proxy.example:3128", noProxy: ".example" },
      ...{ sessionArns: "arn:aws:s3:::sessions", dataVolume: "vol-0123456789abcdef0" },
    };
    const faults = validate(given, world).faults;
    const names = Object.keys(ec2Schema).filter((name) => !["aws:region", "images", "publishedImages"].includes(name));
    assert.deepEqual(
      faults.map(({ key }) => key),
      names.map((name) => `linnix:${name}`),
    );
    assert.match(
      faults.find(({ key }) => key === "linnix:proxy")?.problem ?? "",
      /only if linnix:host is ec2, but it is local: a local stack uses the proxies of your shell/,
    );
    for (const { remedy } of faults) assert.match(remedy, /config rm linnix:.* or .*config set linnix:host ec2/);
    const defaults = { ...ec2, host: "local", rootGiB: 20, swapMiB: "2048", private: "false", vpcId: null };
    assert.deepEqual(validate(defaults, world).faults, []);
  });

  it("refuse or accept any values together without failing, and name a remedy for each fault", () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom(
        null,
        "ecr",
        "none",
        "ghcr.io/x",
        "t4g.large",
        "newest",
        images,
        ["a@b.cd"],
        ...Object.values(existing),
      ),
    );
    const anything = fc.dictionary(fc.constantFrom(...Object.keys(schema)), value, { maxKeys: 12 });
    fc.assert(
      fc.property(anything, (raw) => check({ ...raw, host: "ec2" }).every(({ problem, remedy }) => problem && remedy)),
    );
  });

  it("are resolved completely, whatever is set, if they are valid", () => {
    const some = fc.record(
      {
        instanceType: fc.constantFrom("t3.large", "m7i.large", "t4g.xlarge", "r7g.4xlarge", "c7a.8xlarge"),
        system: fc.constantFrom("al2023", "debian13"),
        machineImage: fc.constantFrom("pinned", "newest", "ami-0123456789abcdef0"),
        rootGiB: fc.integer({ min: 16, max: 100 }),
        dataGiB: fc.integer({ min: 8, max: 100 }),
        swapMiB: fc.integer({ min: 0, max: 8192 }),
        alarmEmails: fc.constantFrom("a@b.cd", '["a@b.cd"]', ["a@b.cd"]),
        tags: fc.constantFrom({ a: "b" }, '{"a":"b"}'),
        private: fc.boolean(),
        ...{ vpcId: fc.constant(existing.vpcId), subnetId: fc.constant(existing.subnetId) },
      },
      { requiredKeys: ["vpcId", "subnetId"] },
    );
    fc.assert(
      fc.property(some, (raw) => {
        const { host, llama, requireKernelInstrumentation } = settingsOf(
          { ...ec2, ...raw },
          { ...world, processors: 99 },
        );
        assert.ok(host.kind === "ec2" && requireKernelInstrumentation);
        const type = instanceType(host.instanceType);
        assert.deepEqual([llama.threads, host.architecture], [type.vcpus, type.architecture]);
        assert.equal(host.network.kind, "existing");
        assert.ok(Object.values(host).every((it) => it !== undefined && !Number.isNaN(it)));
        if ("alarmEmails" in raw) assert.deepEqual(host.alarmEmails, ["a@b.cd"]);
        if ("tags" in raw) assert.deepEqual(host.tags, { a: "b" });
      }),
    );
  });
});

describe("an EC2 host's settings, resolved", () => {
  const resolved = (raw: RawSettings) => settingsOf({ ...ec2, ...raw }, { ...world, processors: 99 });

  it("have defaults", () => {
    const { host, registry, prebuilt, source, llama } = resolved({});
    assert.deepEqual(host, {
      kind: "ec2",
      region: "eu-west-1",
      system: "al2023",
      instanceType: "t3.large",
      architecture: "amd64",
      machineImage: { kind: "pinned" },
      network: { kind: "own", cidr: "10.42.0.0/24", private: false },
      rootGiB: 20,
      dataGiB: 20,
      swapMiB: 2048,
      protect: false,
      logDays: 30,
      flowLogs: false,
      alarmEmails: [],
      snapshotDays: 0,
      customerKey: false,
      sessions: { keys: [], logGroups: [], buckets: [] },
      egress: [],
      owner: "linnix",
      tags: {},
    });
    assert.deepEqual([registry, prebuilt, source.kind, llama.threads], [{ kind: "ecr" }, undefined, "upstream", 2]);
  });

  it("include the origin of the images", () => {
    const { registry: address, registryUser: user } = login;
    assert.deepEqual(resolved(login).registry, { kind: "external", address, user });
    assert.deepEqual(resolved({ images }).registry, { kind: "none" });
    assert.deepEqual(resolved({ images: { ...images, architecture: "amd64" } }).prebuilt, images);
    assert.deepEqual(resolved({ images, ...login }).registry, { kind: "external", address, user });
  });

  it("name machine image, boundary and network where they are given", () => {
    const permissionsBoundary = "arn:aws:iam::123456789012:policy/team/boundary";
    const { host } = resolved({
      machineImage: "ami-0123456789abcdef0",
      permissionsBoundary,
      ...existing,
      private: true,
    });
    assert.ok(host.kind === "ec2");
    assert.deepEqual(host.machineImage, { kind: "given", id: "ami-0123456789abcdef0" });
    assert.equal(host.permissionsBoundary, permissionsBoundary);
    assert.deepEqual(host.network, { kind: "existing", ...existing, private: true });
  });

  it("hold no secret", () => {
    const webhook = "https://hooks.slack.com/services/T0/B0/xyz";
    const text = JSON.stringify(resolved({ ...login, slackWebhook: webhook, apiToken: "a-token-of-16-chars" }));
    for (const secret of [login.registryPassword, webhook, "a-token-of"]) assert.ok(!text.includes(secret));
  });
});
