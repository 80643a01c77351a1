import assert from "node:assert/strict";
import * as fs from "node:fs";
import { createRequire } from "node:module";

import { services } from "../../../../../components/services/catalogue";
import type { DesiredState } from "../../../../../components/hosts/ec2/protocol";
import { isTagged } from "../../../../../policy/rules/ownership";
import {
  type HostGraph,
  type Registered,
  digest,
  hostGraph,
  secrets,
  useVariationGraphs,
  variations,
} from "../../../../fixtures/ec2-graph";
import { houseBreaches } from "../../../../fixtures/house-rules";

const instanceType = "aws:ec2/instance:Instance";
const secretMark = "4dabf18193072939515e22adb298388d";

/** Takes what is marked as secret out. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

describe("an EC2 host", function () {
  this.timeout(60_000);
  const { graph, everywhere } = useVariationGraphs();
  const host = (name: string) => graph(name).one(instanceType);
  const document = ({ one }: HostGraph) => one("pulumi-nodejs:dynamic/linnix:Rollout").inputs.document as DesiredState;

  it("follows the rules for components in every variation", () => {
    everywhere((it, name) => {
      assert.deepEqual(houseBreaches(it.resources), [], name);
    });
    const stray = { type: "linnix:Stray", name: "stray", parent: "host", custom: false };
    assert.equal(houseBreaches([stray, { ...stray, custom: true, parent: "" }]).length, 4);
  });

  it("registers of each component exactly its public fields", () => {
    const fields = new Map<string, string[]>();
    everywhere(({ resources }) => {
      for (const { type, registered } of resources) {
        if (registered !== undefined) fields.set(type, Object.keys(registered).sort());
      }
    });
    assert.deepEqual(Object.fromEntries([...fields].sort()), {
      "linnix:host:Alarms": ["arns", "names", "topicArn"],
      "linnix:host:BundleStore": ["bucketArn", "reference"],
      "linnix:host:ChangeDocument": ["documentName"],
      "linnix:host:Dashboard": ["url"],
      "linnix:host:DataVolume": ["volumeId"],
      "linnix:host:Ec2Host": [
        ...["alarms", "apiToken", "commands", "dashboard", "endpoints", "health", "instance", "logs", "release"],
      ],
      "linnix:host:Endpoints": ["s3PrefixListId"],
      "linnix:host:FlowLogs": ["group"],
      "linnix:host:HostParameters": ["names"],
      "linnix:host:Identity": ["profileName", "roleArn"],
      "linnix:host:Instance": [
        ...["availabilityZone", "instanceId", "interfaceId", "machineImage", "privateIp", "publicIp"],
      ],
      "linnix:host:Key": ["arn"],
      "linnix:host:Logs": ["groups"],
      "linnix:host:LookDocument": ["documentName"],
      "linnix:host:Network": ["availabilityZone", "securityGroupId", "subnetId", "vpcId"],
      "linnix:host:SecretParameters": ["references"],
      "linnix:host:Snapshots": ["policyArn"],
    });
  });

  it("tags everything that can be tagged, each with a name of its own", () => {
    everywhere(({ resources }, variation) => {
      const names = new Set<string>();
      for (const { type, name, inputs } of resources.filter((it) => isTagged(it.type))) {
        const { Project, Stack, Owner, Name } = (inputs.tags ?? {}) as Record<string, string>;
        assert.deepEqual([Project, Stack, typeof Owner], ["linnix", "dev", "string"], `${variation}: ${name}`);
        assert.ok(Name !== undefined && !names.has(`${type} ${Name}`), `${variation}: ${name} is called ${Name ?? ""}`);
        names.add(`${type} ${Name}`);
      }
    });
    const root = host("everything").inputs.rootBlockDevice as { tags: Record<string, string> };
    assert.deepEqual([root.tags.Name, root.tags.Team, root.tags.Owner], ["linnix-dev-root", "x", "me"]);
  });

  it("shows no secret in any variation", () => {
    everywhere(({ resources, outputs }, name) => {
      const text = JSON.stringify([resources.map(plain), outputs]);
      for (const secret of Object.values(secrets)) assert.ok(!text.includes(secret), `${name}: ${secret}`);
      assert.equal(outputs.apiToken, "[secret]");
    });
  });

  it("stores each secret in an encrypted parameter, and gives the host its name and version", () => {
    const of = (name: string) =>
      graph(name)
        .all("aws:ssm/parameter:Parameter")
        .filter(({ parent }) => parent === "host-secrets");
    const names = (name: string) =>
      of(name)
        .map(({ inputs }) => String(inputs.name))
        .sort();
    const prefix = "/linnix/dev/secrets";
    assert.deepEqual(names("the defaults"), [`${prefix}/api-token`, `${prefix}/slack-webhook`]);
    assert.deepEqual(names("a private network of its own"), [`${prefix}/api-token`]);
    assert.ok(names("a registry by address").includes(`${prefix}/registry-password`));
    for (const name of Object.keys(variations)) {
      assert.ok(
        of(name).every(({ inputs }) => inputs.type === "SecureString"),
        name,
      );
    }
    assert.deepEqual(document(graph("the defaults")).secrets["api-token"], {
      parameter: `${prefix}/api-token`,
      version: 1,
    });
  });

  it("deletes what the host writes only after the host, so that no late report stays", () => {
    everywhere(({ all, one }, name) => {
      const written = all("aws:ssm/parameter:Parameter").filter(({ parent }) => parent === "host-parameters");
      assert.deepEqual(
        written.map(({ inputs }) => inputs.name).sort(),
        ["/linnix/dev/health", "/linnix/dev/result"],
        name,
      );
      for (const { name: parameter, options } of written) {
        assert.ok(one(instanceType).options.dependsOn.includes(parameter), `${name}: ${parameter}`);
        assert.ok(options.ignoreChanges.includes("value"), `${name}: an update would overwrite ${parameter}`);
      }
    });
  });

  it("creates a token only if none is passed", async () => {
    const random = "pulumi-nodejs:dynamic/linnix:RandomToken";
    assert.equal(graph("the defaults").all(random).length, 0);
    const made = await hostGraph({}, { apiToken: undefined });
    assert.equal(made.one(random).name, "host-token");
    assert.equal(made.outputs.apiToken, "[secret]");
  });

  it("rolls out a changed image, and changes nothing else", async () => {
    const changed = await hostGraph({}, { digest: digest.replace("0", "f") });
    const before = graph("the defaults");
    const differing = changed.resources.filter(({ type, name, inputs }) => {
      const old = before.resources.find((it) => it.type === type && it.name === name);
      return JSON.stringify(old?.inputs) !== JSON.stringify(inputs);
    });
    assert.deepEqual(
      differing.map(({ name }) => name),
      ["host-rollout"],
    );
    assert.notEqual(document(changed).release, document(before).release);
  });

  describe("upgraded to another version of the host's programs", () => {
    /** Registers the host while a file of host/ has another content. */
    async function withChanged(file: string): Promise<HostGraph> {
      const read = fs.readFileSync;
      const changed = (...args: Parameters<typeof read>) => {
        const content = read(...args);
        return String(args[0]).endsWith(file) ? `${String(content)}# changed\n` : content;
      };
      const real = createRequire(__filename)("node:fs") as { readFileSync: unknown };
      real.readFileSync = changed;
      try {
        return await hostGraph();
      } finally {
        real.readFileSync = read;
      }
    }
    const differing = (after: HostGraph) => {
      const inputs = ({ resources }: HostGraph) => new Map(resources.map((it) => [it.name, JSON.stringify(it.inputs)]));
      const [old, now] = [inputs(graph("the defaults")), inputs(after)];
      return [...now.keys()].filter((name) => old.get(name) !== now.get(name)).sort();
    };

    for (const file of ["host/each-boot.sh", "host/linnix-release", "system/linnix-health.timer"])
      it(`${file}: the bundle and the release change, and nothing else: the instance is the same`, async () => {
        const after = await withChanged(file);
        assert.deepEqual(differing(after), ["host-bundle-bundle", "host-rollout"]);
        assert.notEqual(document(after).release, document(graph("the defaults")).release);
      });

    it("a changed user id: the same", async () => {
      const users = services as { cognitod: { uid: number } };
      const { uid } = users.cognitod;
      users.cognitod.uid = uid - 1;
      try {
        const after = await hostGraph();
        assert.deepEqual(differing(after), ["host-bundle-bundle", "host-rollout"]);
      } finally {
        users.cognitod.uid = uid;
      }
    });

    it("a changed bootstrap replaces the host", async () => {
      const after = await withChanged("bootstrap/bootstrap.sh");
      assert.deepEqual(differing(after), [host("the defaults").name]);
      const trigger = (it: Registered) => it.options.replacementTrigger;
      assert.notEqual(trigger(after.one(instanceType)), trigger(host("the defaults")));
    });
  });

  describe("what outlives the stack", () => {
    const retained = (name: string) =>
      graph(name)
        .resources.filter(({ options }) => options.retainOnDelete)
        .map(({ name }) => name)
        .sort();

    it("is, of a protected one, its data, its logs and their key", () => {
      assert.deepEqual(retained("everything"), [
        "host-flow-logs-group",
        ...["host-logs-cognitod", "host-logs-llama", "host-logs-system"],
        "host-storage-volume",
        "key-alias",
        "key-kms",
      ]);
      assert.equal(host("everything").inputs.disableApiTermination, true);
    });

    it("is refused to be deleted or replaced in the plan, if it is protected", () => {
      const refused = (name: string) =>
        graph(name)
          .resources.filter(({ options }) => options.protect)
          .map(({ name }) => name)
          .sort();
      assert.deepEqual(refused("everything"), [
        "host-instance-al2023-amd64",
        "host-instance-data",
        "host-rollout",
        "host-storage-volume",
      ]);
      for (const name of Object.keys(variations).filter((it) => it !== "everything")) {
        assert.deepEqual(refused(name), [], name);
      }
    });

    it("is nothing of any other", () => {
      for (const name of Object.keys(variations).filter((it) => it !== "everything")) {
        assert.deepEqual(retained(name), [], name);
        assert.equal(host(name).inputs.disableApiTermination, false);
      }
    });

    it("is snapshotted by a tag that its volume, and nothing else, carries", () => {
      const { policyDetails } = graph("everything").one("aws:dlm/lifecyclePolicy:LifecyclePolicy").inputs as {
        policyDetails: { targetTags: Record<string, string>; schedules: { retainRule: object }[] };
      };
      const [[key, value] = []] = Object.entries(policyDetails.targetTags);
      const carriers = graph("everything").resources.filter(
        ({ inputs }) => (inputs.tags as Record<string, string> | undefined)?.[key ?? ""] === value,
      );
      assert.deepEqual(
        carriers.map(({ name }) => name),
        ["host-storage-volume"],
      );
      assert.deepEqual(policyDetails.schedules[0]?.retainRule, { interval: 14, intervalUnit: "DAYS" });
    });
  });

  it("encrypts everything with the stack's key if it has one, and nothing otherwise", () => {
    const keys = ({ type, inputs }: Registered): unknown => {
      if (type === instanceType) return (inputs.rootBlockDevice as Record<string, unknown>).kmsKeyId;
      return inputs.kmsKeyId ?? inputs.keyId ?? inputs.kmsMasterKeyId;
    };
    const encrypted = /:(Volume|LogGroup|Parameter|Topic|Instance)$/;
    // Reports contain nothing secret, and the host's role may not use the key.
    const isReport = ({ parent }: Registered) => parent === "host-parameters";
    for (const name of ["a key of its own", "everything", "the defaults"]) {
      const { resources } = graph(name);
      const arn =
        name === "the defaults"
          ? undefined
          : "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef";
      const found = resources.filter((it) => it.type.startsWith("aws:") && encrypted.test(it.type) && !isReport(it));
      assert.ok(found.length >= 8);
      for (const it of found) assert.equal(keys(it), arn, `${name}: ${it.name}`);
    }
  });

  describe("alarms", () => {
    const alarm = (variation: string, name: string) =>
      graph(variation).one("aws:cloudwatch/metricAlarm:MetricAlarm", `host-alarms-${name}`).inputs;
    const topic = "arn:aws:sns:us-east-1:123456789012:linnix-dev-alarms";

    it("all notify the topic when they start and when they end", () => {
      everywhere((it) => {
        for (const { inputs } of it.all("aws:cloudwatch/metricAlarm:MetricAlarm")) {
          assert.ok((inputs.alarmActions as string[]).includes(topic));
          assert.deepEqual(inputs.okActions, [topic]);
        }
      });
    });

    it("have EC2 recover and reboot the host", () => {
      const actions = (name: string) => alarm("the defaults", name).alarmActions as string[];
      assert.ok(actions("system-check").includes("arn:aws:automate:us-east-1:ec2:recover"));
      assert.ok(actions("instance-check").includes("arn:aws:automate:us-east-1:ec2:reboot"));
    });

    it("select this stack's host", () => {
      assert.deepEqual(alarm("the defaults", "unhealthy").dimensions, { Stack: "dev" });
      assert.deepEqual(alarm("the defaults", "system-check").dimensions, { InstanceId: "i-0123456789abcdef0" });
      assert.equal(alarm("the defaults", "unhealthy").treatMissingData, "breaching");
    });

    it("are mailed to each address, and to nobody without any", () => {
      const mails = (name: string) => graph(name).all("aws:sns/topicSubscription:TopicSubscription");
      assert.deepEqual(
        mails("everything")
          .map(({ inputs }) => inputs.endpoint)
          .sort(),
        ["a@example.com", "b@example.com"],
      );
      assert.deepEqual(mails("the defaults"), []);
    });

    it("are mailed only after the first release: a host without one is rightly in alarm", () => {
      const { all, one } = graph("everything");
      for (const { name, options } of all("aws:sns/topicSubscription:TopicSubscription")) {
        assert.ok(options.dependsOn.includes("host-rollout"), name);
      }
      // The alarms exist before, so that their state has already changed when somebody subscribes.
      for (const { name, options } of all("aws:cloudwatch/metricAlarm:MetricAlarm")) {
        assert.ok(!options.dependsOn.includes("host-rollout"), name);
      }
      assert.ok(!one("pulumi-nodejs:dynamic/linnix:Rollout").options.dependsOn.some((it) => it.includes("-mail-")));
    });

    it("are what the output of this name lists", () => {
      const names = graph("the defaults").outputs.alarms as string[];
      const real = graph("the defaults")
        .all("aws:cloudwatch/metricAlarm:MetricAlarm")
        .map(({ inputs }) => inputs.name);
      assert.deepEqual([...names].sort(), real.sort());
    });
  });

  it("exports outputs that are what their names say", () => {
    const { outputs } = graph("everything");
    for (const address of Object.values(outputs.endpoints as object)) {
      assert.equal(new URL(String(address)).hostname, "127.0.0.1");
    }
    const logs = outputs.logs as Record<string, { name: string; console: string }>;
    assert.deepEqual(Object.keys(logs).sort(), ["cognitod", "flow", "llama", "system"]);
    for (const [part, { name, console }] of Object.entries(logs)) {
      assert.equal(name, `/linnix/dev/${part}`);
      assert.ok(new URL(console).hash.endsWith(part));
    }
    assert.equal(new URL(String(outputs.dashboard)).hash, "#dashboards/dashboard/linnix-dev");
    assert.deepEqual(outputs.instance, {
      id: "i-0123456789abcdef0",
      type: "m7i.large",
      availabilityZone: "us-east-1a",
      privateIp: "10.42.0.10",
      machineImage: "ami-0123456789abcdef0",
      publicIp: "203.0.113.10",
    });
  });
});
