import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { Network, existingSubnet, requireSubnetOf } from "../../../../../../components/hosts/ec2/network/network";
import { hostGraph, useVariationGraphs } from "../../../../../fixtures/ec2-graph";
import { ec2SettingsOf } from "../../../../../fixtures/settings";

describe("the network", function () {
  this.timeout(60_000);
  const { graph, everywhere } = useVariationGraphs();
  const egress = (name: string) => {
    const { inputs } = graph(name).one("aws:ec2/securityGroup:SecurityGroup", "host-network-host-group");
    return inputs.egress as { protocol: string; fromPort: number; toPort: number; cidrBlocks: string[] }[];
  };

  it("allows outbound HTTPS to anywhere from a host with internet access, and nothing else", () => {
    assert.deepEqual(egress("the defaults"), [
      { description: "HTTPS", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] },
    ]);
    // The registry is at a port of its own.
    assert.deepEqual(
      egress("a registry by address").map(({ toPort, cidrBlocks }) => [toPort, cidrBlocks]),
      [443, 5000].map((port) => [port, ["0.0.0.0/0"]]),
    );
    everywhere((_, name) => {
      assert.ok(egress(name).length > 0, name);
      for (const { protocol, fromPort, toPort } of egress(name)) {
        assert.deepEqual([protocol, fromPort], ["tcp", toPort], name);
        const others = [...(name === "a registry by address" ? [5000] : []), ...(name.includes("proxy") ? [3128] : [])];
        assert.ok([443, ...others].includes(toPort), name);
      }
    });
  });

  it("allows only the VPC's endpoints and S3's addresses in private mode", () => {
    const [only, ...more] = egress("a private network of its own");
    assert.deepEqual(more, []);
    assert.deepEqual(only, {
      description: "HTTPS",
      protocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrBlocks: ["10.42.0.0/24"],
      prefixListIds: ["pl-0123456789abcdef0"],
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
        description: "HTTPS from the VPC",
        protocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrBlocks: ["10.42.0.0/24"],
      },
    ]);
    assert.deepEqual(group.inputs.egress, []);
  });

  it("of its own is one subnet with a route to the internet, and no paid endpoint", () => {
    const { one, all } = graph("the defaults");
    const inputsOf = (type: string) => {
      const { tags, ...rest } = one(`aws:ec2/${type}`).inputs;
      return rest;
    };
    const vpcId = "vpc-0123456789abcdef0";
    assert.deepEqual(inputsOf("vpc:Vpc"), {
      cidrBlock: "10.42.0.0/24",
      enableDnsSupport: true,
      enableDnsHostnames: true,
    });
    assert.deepEqual(inputsOf("subnet:Subnet"), {
      vpcId,
      cidrBlock: "10.42.0.0/24",
      availabilityZone: "us-east-1a",
      mapPublicIpOnLaunch: false,
    });
    assert.deepEqual(
      [inputsOf("routeTable:RouteTable"), inputsOf("internetGateway:InternetGateway")],
      [{ vpcId }, { vpcId }],
    );
    const routeTableId = "host-network-routes-id";
    assert.deepEqual(inputsOf("routeTableAssociation:RouteTableAssociation"), {
      routeTableId,
      subnetId: "subnet-0123456789abcdef0",
    });
    assert.deepEqual(inputsOf("route:Route"), {
      routeTableId,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: "host-network-gateway-id",
    });
    assert.deepEqual(all("aws:ec2/vpcEndpoint:VpcEndpoint"), []);
  });

  it("of its own, if private, resolves the names of its endpoints, and has no route to the internet", () => {
    const { one, all } = graph("a private network of its own");
    // Without both, an endpoint's private DNS does not work.
    const { enableDnsSupport, enableDnsHostnames } = one("aws:ec2/vpc:Vpc").inputs;
    assert.deepEqual([enableDnsSupport, enableDnsHostnames], [true, true]);
    assert.deepEqual([...all("aws:ec2/route:Route"), ...all("aws:ec2/internetGateway:InternetGateway")], []);
    for (const { name, inputs } of all("aws:ec2/vpcEndpoint:VpcEndpoint")) {
      const subnet = ["subnet-0123456789abcdef0"];
      const { vpcEndpointType, subnetIds, privateDnsEnabled, routeTableIds, securityGroupIds } = inputs;
      assert.deepEqual(
        [vpcEndpointType, subnetIds, privateDnsEnabled, routeTableIds, securityGroupIds],
        name.endsWith("-s3")
          ? ["Gateway", undefined, undefined, ["host-network-routes-id"], undefined]
          : ["Interface", subnet, true, undefined, ["sg-0123456789abcdef0"]],
        name,
      );
    }
  });

  it("has the host's group in its own VPC, with nothing allowed in", () => {
    everywhere(({ one }, name) => {
      const { vpcId, ingress } = one("aws:ec2/securityGroup:SecurityGroup", "host-network-host-group").inputs;
      assert.deepEqual([vpcId, ingress], ["vpc-0123456789abcdef0", []], name);
    });
  });

  it("of its own asks for the zones that offer the instance type", () => {
    const offerings = (name: string) =>
      graph(name)
        .asked.filter(({ token }) => token.includes("getInstanceTypeOfferings"))
        .map(({ inputs }) => inputs);
    const filters = (type: string) => [
      { locationType: "availability-zone", filters: [{ name: "instance-type", values: [type] }] },
    ];
    assert.deepEqual(offerings("the defaults"), filters("t3.large"));
    assert.deepEqual(offerings("Debian 13 on arm64"), filters("t4g.large"));
  });

  it("is left unchanged if it exists already, except that the subnet is looked up", () => {
    const { resources, asked } = graph("an existing network");
    assert.ok(!resources.some(({ type }) => /:(Vpc|Subnet|RouteTable|DefaultSecurityGroup|VpcEndpoint)$/.test(type)));
    assert.ok(
      asked.some(({ token, inputs }) => token.includes("getSubnet") && inputs.id === "subnet-0123456789abcdef0"),
    );
  });

  it("of its own is in a zone that has every interface endpoint, if it is private", async () => {
    const offering = { locations: ["us-east-1a", "us-east-1b", "us-east-1c"] };
    const choose = async (settings: object, zones: string[]) => {
      const answers = {
        "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": offering,
        "aws:ec2/getVpcEndpointService:getVpcEndpointService": { availabilityZones: zones },
      };
      const { one } = await hostGraph(
        { model: "https://models.s3.us-east-1.amazonaws.com/m.gguf", ...settings },
        { answers },
      );
      return one("aws:ec2/subnet:Subnet").inputs.availabilityZone;
    };
    assert.equal(await choose({ private: true }, ["us-east-1b", "us-east-1c"]), "us-east-1b");
    assert.equal(await choose({}, ["us-east-1b"]), "us-east-1a");
    const { asked } = graph("the defaults");
    assert.ok(!asked.some(({ token }) => token.includes("getVpcEndpointService")), "asks for endpoints without need");
  });

  it("that exists is asked for its name and time servers, and they are reachable", async () => {
    const vpc = { vpcId: "vpc-0123456789abcdef0", subnetId: "subnet-0123456789abcdef0" };
    const answers = {
      "aws:ec2/getVpcDhcpOptions:getVpcDhcpOptions": { domainNameServers: ["10.0.0.53"], ntpServers: ["192.0.2.1"] },
    };
    const { one, asked } = await hostGraph({ ...vpc, egress: ["192.0.2.5:3128"] }, { answers });
    const { inputs } = one("aws:ec2/securityGroup:SecurityGroup", "host-network-host-group");
    const rules = inputs.egress as { protocol: string; fromPort: number; toPort: number; cidrBlocks: string[] }[];
    assert.deepEqual(
      rules.map(({ protocol, fromPort, toPort, cidrBlocks }) => [protocol, fromPort, toPort, ...cidrBlocks]),
      [
        ["tcp", 443, 443, "0.0.0.0/0"],
        ["udp", 53, 53, "10.0.0.0/16"],
        ["tcp", 53, 53, "10.0.0.0/16"],
        ["udp", 123, 123, "192.0.2.1/32"],
        ["tcp", 3128, 3128, "192.0.2.5/32"],
      ],
    );
    const dhcp = asked.filter(({ token }) => token.includes("getVpcDhcpOptions"));
    assert.deepEqual(
      dhcp.map(({ inputs }) => inputs.dhcpOptionsId),
      ["dopt-0123456789abcdef0"],
    );
  });

  it("that exists may have no DHCP options at all", async () => {
    const vpc = { vpcId: "vpc-0123456789abcdef0", subnetId: "subnet-0123456789abcdef0" };
    const answers = { "aws:ec2/getVpc:getVpc": { dhcpOptionsId: "default", cidrBlockAssociations: [] } };
    const { asked } = await hostGraph(vpc, { answers });
    assert.ok(!asked.some(({ token }) => token.includes("getVpcDhcpOptions")));
  });

  it("of its own keeps its first zone", () => {
    const { inputs, options } = graph("the defaults").one("aws:ec2/subnet:Subnet");
    assert.equal(inputs.availabilityZone, "us-east-1a");
    assert.deepEqual(options.ignoreChanges, ["availabilityZone"]);
  });
});

describe("a zone that lacks the instance type", () => {
  it("is refused before the host, which waits for its subnet, and its data volume are touched", async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as Record<string, unknown> }),
      call: ({ token, inputs }) => ({
        ...(inputs as object),
        ...(token.endsWith("getSubnet") ? { vpcId: "vpc-0123456789abcdef0", availabilityZone: "us-east-1c" } : {}),
        ...(token.endsWith("getInstanceTypeOfferings") ? { locations: ["us-east-1a"] } : {}),
        ...(token.endsWith("getVpc") ? { dhcpOptionsId: "default", cidrBlockAssociations: [] } : {}),
      }),
    });
    const settings = ec2SettingsOf({ vpcId: "vpc-0123456789abcdef0", subnetId: "subnet-0123456789abcdef0" });
    const network = new Network("network", { settings, portsOut: [443] });
    for (const output of [network.subnetId, network.availabilityZone]) {
      const value = (output as unknown as { promise(): Promise<string> }).promise();
      await assert.rejects(value, /linnix:instanceType = t3\.large: is not offered in us-east-1c/);
    }
  });
});

describe("an existing subnet", () => {
  it("must be in the VPC of the settings; otherwise the error has key, value and fix", () => {
    requireSubnetOf("vpc-1", { id: "subnet-1", vpcId: "vpc-1" });
    assert.throws(() => {
      requireSubnetOf("vpc-1", { id: "subnet-1", vpcId: "vpc-2" });
    }, /^Error: linnix:subnetId = subnet-1: is a subnet of vpc-2; it must be one of vpc-1.*\n.*config set linnix:vpcId vpc-2/);
  });

  it("is rejected when it is looked up", async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name }) => ({ id: name, state: {} }),
      call: ({ inputs }) => ({ ...(inputs as object), vpcId: "vpc-2" }),
    });
    const subnet = (id: string) =>
      (existingSubnet(id, "subnet-1") as unknown as { promise(): Promise<{ vpcId: string }> }).promise();
    assert.equal((await subnet("vpc-2")).vpcId, "vpc-2");
    await assert.rejects(subnet("vpc-1"), /linnix:subnetId = subnet-1: is a subnet of vpc-2; it must be one of vpc-1/);
  });
});
