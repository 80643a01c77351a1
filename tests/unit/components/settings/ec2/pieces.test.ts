import assert from "node:assert/strict";

import fc from "fast-check";

import { vpcCidrProblem } from "../../../../../components/settings/ec2/cidr";
import { destinationsOf, egressProblem, parseDestination } from "../../../../../components/settings/ec2/egress";
import { findInstanceType, instanceType } from "../../../../../components/settings/ec2/instance-types";
import { proxyOf } from "../../../../../components/settings/ec2/proxy";

describe("instance types", () => {
  const known: [string, number, number, string][] = [
    ["t3.large", 2, 8, "amd64"],
    ["t3a.2xlarge", 8, 32, "amd64"],
    ["t4g.micro", 2, 1, "arm64"],
    ["m5.24xlarge", 96, 384, "amd64"],
    ["m7i.large", 2, 8, "amd64"],
    ["m7i-flex.8xlarge", 32, 128, "amd64"],
    ["c7g.medium", 1, 2, "arm64"],
    ["r6a.48xlarge", 192, 1536, "amd64"],
    ["m8g.xlarge", 4, 16, "arm64"],
  ];
  for (const [name, vcpus, gib, architecture] of known) {
    it(`are known by family and size: ${name}`, () => {
      const burstable = name.startsWith("t");
      assert.deepEqual(instanceType(name), { vcpus, memoryMiB: gib * 1024, architecture, burstable });
    });
  }

  it("are not made up", () => {
    for (const name of ["", "m7i", "m7i.", ".large", "m7i.metal", "m7i.medium", "t3.constructor", "m7g.48xlarge"]) {
      assert.ok("problem" in findInstanceType(name), name);
      assert.throws(() => instanceType(name), /instance type/);
    }
  });
});

describe("a VPC's range", () => {
  const part = fc.integer({ min: 0, max: 255 });
  const bits = fc.integer({ min: 16, max: 26 });
  /** The first address of the range of that many bits that holds this one. */
  const first = (parts: number[], length: number) =>
    parts.map((it, index) => it & (0xff << Math.max(0, Math.min(8, 8 * (index + 1) - length)))).join(".");

  it("is accepted anywhere in 10.0.0.0/8, and in no public place", () => {
    fc.assert(
      fc.property(part, part, part, bits, (second, third, fourth, length) => {
        const text = (start: number) => `${first([start, second, third, fourth], length)}/${length}`;
        assert.equal(vpcCidrProblem(text(10)), undefined, text(10));
        assert.match(vpcCidrProblem(text(11)) ?? "", /RFC 1918/);
      }),
    );
  });

  it("is refused when its address isn't the first", () => {
    fc.assert(
      fc.property(part, part, bits, fc.integer({ min: 1, max: 63 }), (second, third, length, extra) => {
        const base = first([10, second, third, 0], length);
        assert.match(vpcCidrProblem(`${base.replace(/\d+$/, String(extra))}/${length}`) ?? "", /range's first/);
      }),
    );
  });
});

describe("a destination", () => {
  it("is an address or a range with a port, and TCP unless it says UDP", () => {
    assert.deepEqual(destinationsOf(["10.0.0.5:3128", "10.0.0.0/24:123/udp", "0.0.0.0/0:8443/tcp"]), [
      { protocol: "tcp", port: 3128, cidr: "10.0.0.5/32" },
      { protocol: "udp", port: 123, cidr: "10.0.0.0/24" },
      { protocol: "tcp", port: 8443, cidr: "0.0.0.0/0" },
    ]);
  });

  it("is refused with the reason otherwise", () => {
    const problems: [string, RegExp][] = [
      ["proxy.example:3128", /no IPv4 range with a port/],
      ["10.0.0.5", /no IPv4 range with a port/],
      ["10.0.0.256:80", /no IPv4 range/],
      ["10.0.0.0/33:80", /no IPv4 range/],
      ["10.0.0.5:0", /no port from 1/],
      ["10.0.0.5:65536", /no port from 1/],
      ["10.0.0.5/24:80", /first address/],
      ["10.0.0.5:80/icmp", /no IPv4 range with a port/],
    ];
    for (const [text, problem] of problems) {
      const parsed = parseDestination(text);
      assert.match("problem" in parsed ? parsed.problem : "", problem, text);
      assert.match(egressProblem(["10.0.0.5:80", text]) ?? "", /must be a list of destinations such as/);
    }
    assert.match(egressProblem(["10.0.0.5:80", "10.0.0.5:80"]) ?? "", /repeated: 10\.0\.0\.5:80/);
    assert.equal(egressProblem(["10.0.0.5:80", "10.0.0.5:80/udp"]), undefined);
  });
});

describe("a proxy", () => {
  const region = "eu-west-1";
  const direct = ["169.254.169.254", "127.0.0.1", "localhost"];

  it("is never used for instance metadata, the host itself, and what the settings name", () => {
    const network = { kind: "existing", vpcId: "vpc-1", subnetId: "subnet-1", private: true } as const;
    assert.deepEqual(proxyOf("http://Proxy.example:3128/", [".example", "localhost"], { network, region }), {
      address: "http://Proxy.example:3128",
      ...{ host: "Proxy.example", port: 3128, direct: [...direct, ".example"] },
    });
  });

  it("is not used for AWS where the stack makes interface endpoints", () => {
    const network = { kind: "own", cidr: "10.42.0.0/24", private: true } as const;
    const proxy = proxyOf("http://10.0.0.5:3128", [], { network, region });
    assert.deepEqual(proxy.direct, [...direct, ".eu-west-1.amazonaws.com"]);
    assert.deepEqual(
      proxyOf("http://10.0.0.5:3128", [], { network: { ...network, private: false }, region }).direct,
      direct,
    );
  });
});
