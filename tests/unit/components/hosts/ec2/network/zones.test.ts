import assert from "node:assert/strict";

import fc from "fast-check";

import { type ZoneChoice, firstZone, requireZone } from "../../../../../../components/hosts/ec2/network/zones";

const choice = (
  offering: readonly string[],
  endpoints: ZoneChoice["endpoints"] = {},
  region = "us-east-1",
): ZoneChoice => ({
  stack: "dev",
  region,
  instanceType: "t3.large",
  offering,
  endpoints,
});

describe("the zone of a new subnet", () => {
  const letters = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "f"), { minLength: 1 });
  const zonesOf = (some: readonly string[]) => some.map((letter) => `us-east-1${letter}`);

  it("is the first one with the instance type, in any order of AWS's list", () => {
    fc.assert(
      fc.property(letters, (some) => {
        assert.equal(firstZone(choice(zonesOf(some))), `us-east-1${[...some].sort()[0] ?? ""}`);
      }),
    );
  });

  it("has every interface endpoint that the network needs, or there is none", () => {
    fc.assert(
      fc.property(letters, letters, letters, (type, ssm, logs) => {
        const common = [...type].sort().filter((zone) => ssm.includes(zone) && logs.includes(zone));
        const choose = () => firstZone(choice(zonesOf(type), { ssm: zonesOf(ssm), logs: zonesOf(logs) }));
        if (common[0] === undefined) assert.throws(choose, /linnix:private = true: needs an interface endpoint of/);
        else assert.equal(choose(), `us-east-1${common[0]}`);
      }),
    );
  });

  it("is no Local Zone and no Wavelength Zone", () => {
    const zones = ["us-west-2-lax-1a", "us-west-2-wl1-las-1", "us-west-2c"];
    assert.equal(firstZone(choice(zones, {}, "us-west-2")), "us-west-2c");
  });

  it("is an error if there is none, with the key and a command that lists types", () => {
    assert.throws(
      () => firstZone(choice(["us-east-1-bos-1a"])),
      /linnix:instanceType = t3\.large: is offered in no availability zone of us-east-1[^]*describe-instance-type-offerings/,
    );
  });
});

describe("the zone of a subnet that exists", () => {
  it("is refused with the key and a command that lists what it offers", () => {
    requireZone("us-east-1b", choice(["us-east-1a", "us-east-1b"], { ssm: ["us-east-1b"] }));
    assert.throws(() => {
      requireZone("us-east-1e", choice(["us-east-1a"]));
    }, /linnix:instanceType = t3\.large: is not offered in us-east-1e[^]*Name=location,Values=us-east-1e/);
    assert.throws(() => {
      requireZone("us-east-1a", choice(["us-east-1a"], { ssm: ["us-east-1a"], "ecr.api": ["us-east-1b"] }));
    }, /linnix:private = true: needs an interface endpoint of ecr\.api, which AWS does not offer in us-east-1a/);
  });
});
