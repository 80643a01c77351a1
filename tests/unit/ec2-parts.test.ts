import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";

import * as pulumi from "@pulumi/pulumi";

import { existingSubnet } from "../../components/hosts/ec2/network";
import { systems } from "../../components/hosts/ec2/systems";
import { userDataBase64, userDataLimit } from "../../components/hosts/ec2/user-data/user-data";
import { type HostGraph, digest, settingsOf, variationGraphs, variations } from "../fixtures/ec2-graph";

const instanceType = "aws:ec2/instance:Instance";

describe("of an EC2 host", function () {
  this.timeout(60_000);
  let graphs: ReadonlyMap<string, HostGraph>;
  before(async () => {
    graphs = await variationGraphs();
  });
  const graph = (name: string): HostGraph => {
    const found = graphs.get(name);
    assert.ok(found, `no variation ${name}`);
    return found;
  };
  const everywhere = (check: (graph: HostGraph, name: string) => void) => {
    for (const [name, it] of graphs) check(it, name);
  };
  const host = (name: string) => graph(name).one(instanceType);

  describe("the instance", () => {
    it("runs the user data that the pure function renders: no secret, no release, and replaced when it changes", () => {
      everywhere((it, name) => {
        const { inputs } = it.one(instanceType);
        const { region, system, architecture, swapMiB } = settingsOf(variations[name]).host;
        const options = { region, system, architecture, swapMiB, stack: "dev", dataVolume: "vol-0123456789abcdef0" };
        const text = String(inputs.userDataBase64);
        // Not `equal`, which would print both.
        assert.ok(text === userDataBase64({ ...options, prefix: "/linnix/dev", namespace: "Linnix" }), name);
        const bytes = Buffer.from(text, "base64");
        assert.ok(bytes.length <= userDataLimit);
        assert.ok(!gunzipSync(bytes).includes(digest));
        assert.equal(inputs.userDataReplaceOnChange, true);
      });
    });

    it("is watched, fast to its disks, answers metadata to itself only, and lets nobody log in by key", () => {
      const { inputs } = host("the defaults");
      assert.deepEqual([inputs.monitoring, inputs.ebsOptimized, inputs.keyName], [true, true, undefined]);
      assert.deepEqual(inputs.metadataOptions, {
        ...{ httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        instanceMetadataTags: "disabled",
      });
      assert.deepEqual(inputs.creditSpecification, { cpuCredits: "unlimited" });
      assert.equal(host("everything").inputs.creditSpecification, undefined);
    });

    it("has a public address only where the network isn't private", () => {
      everywhere((it, name) => {
        const expected = !name.includes("private");
        assert.equal(it.one(instanceType).inputs.associatePublicIpAddress, expected, name);
        assert.equal("publicIp" in (it.outputs.instance as object), expected, name);
      });
    });

    it("starts from the image that the system's makers publish, which stays once chosen", () => {
      const asked = (name: string) =>
        graph(name)
          .asked.filter(({ token }) => token.startsWith("aws:ssm/"))
          .map(({ inputs }) => inputs.name);
      assert.deepEqual(asked("the defaults"), [systems.al2023.imageParameter("amd64")]);
      assert.deepEqual(asked("Debian 13 on arm64"), [systems.debian13.imageParameter("arm64")]);
      assert.deepEqual(asked("a machine image by id"), []);
      assert.deepEqual(host("the defaults").options.ignoreChanges, ["ami"]);
      for (const name of ["the newest machine image", "a machine image by id"]) {
        assert.deepEqual(host(name).options.ignoreChanges, [], name);
      }
    });

    it("is another resource for another system or architecture, so that a pinned image is never the wrong one", () => {
      assert.equal(host("the defaults").name, "host-instance-al2023-amd64");
      assert.equal(host("Debian 13 on arm64").name, "host-instance-debian13-arm64");
    });

    it("gives the data volume back whole before another takes it", () => {
      const attachment = graph("the defaults").one("aws:ec2/volumeAttachment:VolumeAttachment");
      assert.equal(attachment.inputs.stopInstanceBeforeDetaching, true);
      assert.deepEqual(
        [attachment.options, host("the defaults").options].map((it) => it.deleteBeforeReplace),
        [true, true],
      );
      assert.equal(attachment.inputs.volumeId, "vol-0123456789abcdef0");
    });

    it("comes after its policies and its way to AWS, and before the rollout, which waits for the data volume", () => {
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

  describe("the network", () => {
    const egress = (name: string) => {
      const { inputs } = graph(name).one("aws:ec2/securityGroup:SecurityGroup", "host-network-host-group");
      return inputs.egress as { protocol: string; fromPort: number; toPort: number; cidrBlocks: string[] }[];
    };

    it("lets HTTPS out and nothing else", () => {
      everywhere((_, name) => {
        for (const { protocol, fromPort, toPort } of egress(name)) {
          assert.deepEqual([protocol, fromPort], ["tcp", toPort], name);
          if (name !== "a registry by address") assert.equal(toPort, 443, name);
        }
      });
    });

    it("in private mode leads to the VPC's endpoints and S3's addresses only", () => {
      const [only, ...more] = egress("a private network of its own");
      assert.deepEqual(more, []);
      assert.deepEqual(only, {
        ...{ description: "HTTPS", protocol: "tcp", fromPort: 443, toPort: 443 },
        ...{ cidrBlocks: ["10.42.0.0/24"], prefixListIds: ["pl-0123456789abcdef0"] },
      });
      const services = graph("a private network of its own").all("aws:ec2/vpcEndpoint:VpcEndpoint");
      const names = services.map(({ inputs }) => String(inputs.serviceName).replace("com.amazonaws.us-east-1.", ""));
      assert.deepEqual(names.sort(), ["ecr.api", "ecr.dkr", "logs", "monitoring", "s3", "ssm", "ssmmessages"]);
      const group = graph("a private network of its own").one(
        "aws:ec2/securityGroup:SecurityGroup",
        "host-network-endpoints-group",
      );
      assert.deepEqual(group.inputs.ingress, [
        {
          ...{ description: "HTTPS from the VPC", protocol: "tcp", fromPort: 443, toPort: 443 },
          cidrBlocks: ["10.42.0.0/24"],
        },
      ]);
      assert.deepEqual(group.inputs.egress, []);
    });

    it("that is there already is left as it is, and asked whose subnet it is", () => {
      const { resources, asked } = graph("an existing network");
      assert.ok(!resources.some(({ type }) => /:(Vpc|Subnet|RouteTable|DefaultSecurityGroup|VpcEndpoint)$/.test(type)));
      assert.ok(
        asked.some(({ token, inputs }) => token.includes("getSubnet") && inputs.id === "subnet-0123456789abcdef0"),
      );
    });

    it("is refused where the subnet is another VPC's", async () => {
      await pulumi.runtime.setMocks({
        newResource: ({ name }) => ({ id: name, state: {} }),
        call: ({ inputs }) => ({ ...(inputs as object), vpcId: "vpc-2" }),
      });
      const subnet = (id: string) =>
        (existingSubnet(id, "subnet-1") as unknown as { promise(): Promise<{ vpcId: string }> }).promise();
      assert.equal((await subnet("vpc-2")).vpcId, "vpc-2");
      await assert.rejects(
        subnet("vpc-1"),
        /linnix:subnetId = subnet-1: is a subnet of vpc-2; it must be one of vpc-1/,
      );
    });

    it("of its own stays in the zone that it was made in", () => {
      const { inputs, options } = graph("the defaults").one("aws:ec2/subnet:Subnet");
      assert.equal(inputs.availabilityZone, "us-east-1a");
      assert.deepEqual(options.ignoreChanges, ["availabilityZone"]);
    });

    it("has its flows logged: the whole of it, or the host's interface in somebody else's", () => {
      const watched = (name: string) => graph(name).one("aws:ec2/flowLog:FlowLog").inputs;
      assert.equal(watched("everything").vpcId, "vpc-0123456789abcdef0");
      assert.deepEqual(
        [watched("an existing network, private").vpcId, watched("an existing network, private").eniId],
        [undefined, "eni-0123456789abcdef0"],
      );
    });
  });

  describe("identity", () => {
    const policies = (name: string) =>
      graph(name)
        .all("aws:iam/rolePolicy:RolePolicy")
        .filter((it) => it.parent === "host-identity")
        .map(({ inputs }) => [inputs.name, inputs.policy] as [string, string]);

    it("has the policies that the stack has a use for, each whole", () => {
      const names = (name: string) =>
        policies(name)
          .map(([policy]) => policy)
          .sort();
      const always = ["agent", "logs", "metrics", "parameters"];
      assert.deepEqual(names("the defaults"), [...always, "images"].sort());
      assert.deepEqual(names("a key of its own"), [...always, "images", "key"].sort());
      assert.deepEqual(names("a registry by address"), always);
      assert.deepEqual(names("prebuilt images"), always);
      assert.deepEqual(names("prebuilt images in ECR"), [...always, "images"].sort());
      everywhere((_, name) => {
        for (const [policy, text] of policies(name)) {
          assert.ok((JSON.parse(text) as { Statement: unknown[] }).Statement.length > 0, `${name}: ${policy}`);
        }
      });
    });

    it("pulls prebuilt images from the repositories that their names say", () => {
      const [, text = ""] = policies("prebuilt images in ECR").find(([name]) => name === "images") ?? [];
      for (const image of ["cognitod", "llama"]) {
        assert.ok(text.includes(`arn:aws:ecr:us-east-1:123456789012:repository/a/${image}`));
      }
    });

    it("is bounded where the settings say so, every role of it", () => {
      const bounds = (name: string) =>
        graph(name)
          .all("aws:iam/role:Role")
          .map(({ inputs }) => inputs.permissionsBoundary);
      assert.deepEqual(bounds("everything"), Array(3).fill("arn:aws:iam::123456789012:policy/bound"));
      assert.deepEqual(bounds("the defaults"), [undefined]);
    });
  });
});
