import assert from "node:assert/strict";

import fc from "fast-check";
import { parse } from "yaml";

import { type MachineFacts, userData } from "../../../../../../components/hosts/ec2/user-data/user-data";
import type { Registered } from "../../../../../fixtures/ec2-graph";
import { digest, secrets, useVariationGraphs } from "../../../../../fixtures/ec2-graph";
import { longest, plain, userDataFiles } from "../../../../../fixtures/host-files";

/** The project's own limit; EC2 accepts 16,384 bytes. What does not fit on a screen belongs into the bundle. */
const limit = 4096;

const anyFacts: fc.Arbitrary<MachineFacts> = fc
  .record({
    stack: fc.stringMatching(/^[a-z][a-z0-9-]{0,23}$/),
    region: fc.constantFrom("us-east-1", "eu-central-1", "ap-southeast-4"),
    dataVolume: fc.stringMatching(/^vol-[0-9a-f]{17}$/),
  })
  .map((some) => ({ ...some, prefix: `/linnix/${some.stack}`, namespace: "Linnix" }));

describe("user data", function () {
  this.timeout(60_000);
  const { everywhere } = useVariationGraphs();
  const text = ({ inputs }: Registered) => String(inputs.userData);
  const instance = "aws:ec2/instance:Instance";

  it("has at most 4,096 bytes in every variation of the settings, and with the longest facts", () => {
    everywhere(({ one }, name) => {
      assert.ok(Buffer.byteLength(text(one(instance))) <= limit, name);
    });
    assert.ok(Buffer.byteLength(userData(longest)) <= limit);
  });

  it("contains no release, no host program and no secret, in any variation", () => {
    everywhere(({ one }, name) => {
      const it = text(one(instance));
      assert.ok(!it.includes(digest), name);
      assert.doesNotMatch(
        it,
        /sha256:[0-9a-f]{8}|[0-9a-f]{64}|AKIA[0-9A-Z]{16}|-----BEGIN|docker run|systemctl start/,
        name,
      );
      for (const secret of Object.values(secrets)) assert.ok(!it.includes(secret), name);
    });
  });

  it("depends on the machine's facts and its proxy only: no setting of the host's programs changes it", () => {
    const seen = new Set<string>();
    everywhere(({ one }, name) => {
      if (!name.includes("proxy")) seen.add(text(one(instance)));
    });
    assert.equal(seen.size, 1);
  });

  it("fetches the bundle through the proxy", () => {
    const proxy = {
      address: "http://proxy.example:3128",
      host: "proxy.example",
      port: 3128,
      direct: ["localhost", ".x"],
    };
    const unit = userDataFiles({ ...plain, proxy })[2]?.content ?? "";
    const [variables] = /\[Service\]\n(.+\n)+?Type=/.exec(unit) ?? [];
    assert.equal(
      variables,
      "[Service]\nEnvironment=https_proxy=http://proxy.example:3128\nEnvironment=no_proxy=localhost,.x\nType=",
    );
    assert.ok(!userDataFiles(plain).some(({ content }) => content.includes("proxy")));
  });

  it("has the facts about the machine, for any facts", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const [json] = userDataFiles(facts);
        assert.equal(json?.path, "/etc/linnix/host.json");
        const { stack, region, prefix, dataVolume } = facts;
        const expected = { stack, region, prefix, namespace: "Linnix", data: "/var/lib/linnix", dataVolume };
        assert.deepEqual(JSON.parse(json.content), expected);
      }),
      { numRuns: 25 },
    );
  });

  it("writes the bootstrap as a program, and starts it without waiting for a release", () => {
    const [, script, unit] = userDataFiles(plain);
    assert.deepEqual([script?.path, script?.permissions], ["/usr/local/sbin/linnix-bootstrap", "0755"]);
    assert.match(script?.content ?? "", /^#!\/bin\/sh\n/);
    assert.match(unit?.content ?? "", /^ExecStart=\/usr\/local\/sbin\/linnix-bootstrap$/m);
    const { runcmd } = parse(userData(plain)) as { runcmd: string[][] };
    assert.deepEqual(runcmd, [["systemctl", "enable", "--now", "--no-block", "linnix-bootstrap.service"]]);
  });
});
