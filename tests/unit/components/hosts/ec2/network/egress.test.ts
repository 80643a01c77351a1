import assert from "node:assert/strict";

import { type VpcServers, egressRules } from "../../../../../../components/hosts/ec2/network/egress";

const https = { cidrBlocks: ["0.0.0.0/0"] };
const rulesOf = (servers: Partial<VpcServers>) =>
  egressRules(
    https,
    [],
    { ranges: ["10.0.0.0/16", "10.1.0.0/16"], domainNameServers: [], ntpServers: [], ...servers },
    { egress: [] },
  );

describe("the host's outbound rules", () => {
  it("are HTTPS alone with AWS's own servers, which no rule filters", () => {
    const servers = { ranges: [], domainNameServers: ["AmazonProvidedDNS"], ntpServers: ["169.254.169.123"] };
    assert.deepEqual(egressRules(https, [443], servers, { egress: [] }), [
      { description: "HTTPS", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] },
    ]);
    assert.deepEqual(rulesOf({ domainNameServers: ["169.254.169.253"] }), []);
  });

  it("allow DNS to all ranges of the VPC if a name server is in one of them", () => {
    const rules = rulesOf({ domainNameServers: ["10.1.0.2", "AmazonProvidedDNS"] });
    assert.deepEqual(
      rules.map(({ protocol, fromPort, toPort, cidrBlocks }) => [protocol, fromPort, toPort, cidrBlocks]),
      [
        ["udp", 53, 53, ["10.0.0.0/16", "10.1.0.0/16"]],
        ["tcp", 53, 53, ["10.0.0.0/16", "10.1.0.0/16"]],
      ],
    );
  });

  it("allow DNS to a name server outside of the VPC by its address alone", () => {
    const [udp] = rulesOf({ domainNameServers: ["192.168.1.1", "fd00::1"] });
    assert.deepEqual([udp?.cidrBlocks, udp?.ipv6CidrBlocks], [["192.168.1.1/32"], ["fd00::1/128"]]);
  });

  describe("to the proxy", () => {
    const proxied = (host: string, port: number, blocks = https.cidrBlocks) => {
      const proxy = { address: `http://${host}:${port}`, host, port, direct: [] };
      const egress = [{ protocol: "tcp" as const, port: 3128, cidr: "10.0.0.5/32" }];
      const rules = egressRules({ cidrBlocks: blocks }, [443], undefined, { egress, proxy });
      return rules.slice(1).map(({ fromPort, cidrBlocks }) => [fromPort, cidrBlocks]);
    };

    it("name its address, or any address if it has a name", () => {
      assert.deepEqual(proxied("10.0.0.6", 8080), [
        [8080, ["10.0.0.6/32"]],
        [3128, ["10.0.0.5/32"]],
      ]);
      assert.deepEqual(proxied("proxy.example", 8080)[0], [8080, ["0.0.0.0/0"]]);
      assert.deepEqual(proxied("proxy.example", 443, ["10.0.0.0/24"])[0], [443, ["0.0.0.0/0"]]);
    });

    it("repeat no other rule, which AWS would refuse", () => {
      assert.deepEqual(proxied("10.0.0.5", 3128), [[3128, ["10.0.0.5/32"]]]);
      assert.deepEqual(proxied("proxy.example", 443), [[3128, ["10.0.0.5/32"]]]);
    });
  });
});
