import assert from "node:assert/strict";

import fc from "fast-check";

import { refuseVpcCidr } from "../../components/settings/cidr";
import { findInstanceType, instanceType } from "../../components/settings/instance-types";

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
        assert.equal(refuseVpcCidr(text(10)), undefined, text(10));
        assert.match(refuseVpcCidr(text(11)) ?? "", /RFC 1918/);
      }),
    );
  });

  it("is refused when its address isn't the first", () => {
    fc.assert(
      fc.property(part, part, bits, fc.integer({ min: 1, max: 63 }), (second, third, length, extra) => {
        const base = first([10, second, third, 0], length);
        assert.match(refuseVpcCidr(`${base.replace(/\d+$/, String(extra))}/${length}`) ?? "", /range's first/);
      }),
    );
  });
});
