import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { systems } from "../../../../../../components/hosts/ec2/machine/systems";
import { userData } from "../../../../../../components/hosts/ec2/user-data/user-data";
import { hostGraph, useVariationGraphs, variations } from "../../../../../fixtures/ec2-graph";
import { ec2Region, ec2SettingsOf } from "../../../../../fixtures/settings";

const instanceType = "aws:ec2/instance:Instance";

describe("the instance", function () {
  this.timeout(60_000);
  const { graph, everywhere } = useVariationGraphs();
  const host = (name: string) => graph(name).one(instanceType);
  it("has the user data that the pure function renders, and is replaced when anything but its proxy changes", () => {
    everywhere((it, name) => {
      const { inputs, options } = it.one(instanceType);
      const facts = { stack: "dev", prefix: "/linnix/dev", namespace: "Linnix", dataVolume: "vol-0123456789abcdef0" };
      const without = userData({ ...facts, region: ec2Region });
      const { proxy } = ec2SettingsOf(variations[name]).host;
      // Not `equal`, which would print both.
      assert.ok(inputs.userData === userData({ ...facts, region: ec2Region, proxy }), name);
      assert.equal(inputs.userData === without, proxy === undefined);
      assert.ok(options.ignoreChanges.includes("userData"));
      assert.equal(options.replacementTrigger, createHash("sha256").update(without).digest("hex"), name);
    });
  });

  it("is of the settings' type and sizes, in the stack's subnet and group", async () => {
    // Three values that are not the defaults, and differ from one another.
    const { one } = await hostGraph({ instanceType: "m7i.large", rootGiB: 33, dataGiB: 44 });
    const { inputs } = one(instanceType);
    assert.deepEqual(
      [inputs.instanceType, inputs.subnetId, inputs.vpcSecurityGroupIds],
      ["m7i.large", "subnet-0123456789abcdef0", ["sg-0123456789abcdef0"]],
    );
    const { tags, ...root } = inputs.rootBlockDevice as Record<string, unknown>;
    assert.deepEqual(root, { volumeType: "gp3", volumeSize: 33, encrypted: true, deleteOnTermination: true });
    const volume = one("aws:ebs/volume:Volume").inputs;
    assert.deepEqual(
      [volume.type, volume.size, volume.encrypted, volume.availabilityZone],
      ["gp3", 44, true, "us-east-1a"],
    );
  });

  it("has detailed monitoring, optimized disks, metadata for itself only, and no SSH key", () => {
    const { inputs } = host("the defaults");
    assert.deepEqual([inputs.monitoring, inputs.ebsOptimized, inputs.keyName], [true, true, undefined]);
    assert.deepEqual(inputs.metadataOptions, {
      httpEndpoint: "enabled",
      httpTokens: "required",
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: "disabled",
    });
    assert.deepEqual(inputs.creditSpecification, { cpuCredits: "unlimited" });
    assert.equal(host("everything").inputs.creditSpecification, undefined);
  });

  it("has a public address only if the network is not private", () => {
    everywhere((it, name) => {
      const expected = !name.includes("private");
      assert.equal(it.one(instanceType).inputs.associatePublicIpAddress, expected, name);
      assert.equal("publicIp" in (it.outputs.instance as object), expected, name);
    });
  });

  it("starts from the image that the system's vendor publishes, and keeps it", () => {
    const asked = (name: string) =>
      graph(name)
        .asked.filter(({ token }) => token.startsWith("aws:ssm/"))
        .map(({ inputs }) => inputs.name);
    assert.deepEqual(asked("the defaults"), [systems.al2023.imageParameter("amd64")]);
    assert.deepEqual(asked("Debian 13 on arm64"), [systems.debian13.imageParameter("arm64")]);
    assert.deepEqual(asked("a machine image by id"), []);
    assert.ok(host("the defaults").options.ignoreChanges.includes("ami"));
    for (const name of ["the newest machine image", "a machine image by id"]) {
      assert.ok(!host(name).options.ignoreChanges.includes("ami"), name);
    }
  });

  it("is not replaced because it was stopped: of a stopped host AWS reads that it has no public address", () => {
    everywhere((it, name) => {
      assert.ok(it.one(instanceType).options.ignoreChanges.includes("associatePublicIpAddress"), name);
    });
  });

  it("is another resource in a private network, because a change of its public address is ignored", () => {
    assert.equal(host("an existing network, private").name, "host-instance-al2023-amd64-private");
    assert.equal(host("an existing network").name, "host-instance-al2023-amd64");
  });

  it("is another resource for another system or architecture, so that a pinned image is never the wrong one", () => {
    assert.equal(host("the defaults").name, "host-instance-al2023-amd64");
    assert.equal(host("Debian 13 on arm64").name, "host-instance-debian13-arm64");
  });

  it("detaches the data volume from a stopped host only, before another host attaches it", () => {
    const attachment = graph("the defaults").one("aws:ec2/volumeAttachment:VolumeAttachment");
    assert.equal(attachment.inputs.stopInstanceBeforeDetaching, true);
    assert.deepEqual(
      [attachment.options, host("the defaults").options].map((it) => it.deleteBeforeReplace),
      [true, true],
    );
    assert.equal(attachment.inputs.volumeId, "vol-0123456789abcdef0");
  });

  it("is created after its policies and its route to AWS, and before the rollout, which waits for the data volume", () => {
    const after = (name: string, type: string) => graph(name).one(type).options.dependsOn;
    const rollout = after("the defaults", "pulumi-nodejs:dynamic/linnix:Rollout");
    assert.ok(rollout.includes("host-instance-data"));
    const before = after("the defaults", instanceType);
    for (const needed of ["host-identity-agent", "host-identity-parameters", "host-network-internet"]) {
      assert.ok(before.includes(needed), needed);
    }
    assert.ok(after("a private network of its own", instanceType).includes("host-network-endpoints-ssm"));
  });
});
