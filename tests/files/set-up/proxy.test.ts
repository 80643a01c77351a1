import assert from "node:assert/strict";

import { bundleFiles } from "../../../components/hosts/ec2/bundle/files";
import { host, onHost as it } from "../../fixtures/set-up";
import type { StubMachine } from "../../fixtures/stub-machine";

const proxy = { address: "http://10.0.0.5:3128", host: "10.0.0.5", port: 3128, direct: ["localhost"] };
const proxied = bundleFiles({ ...host, proxy });

describe("set-up: behind a proxy", () => {
  const setUp = async (machine: StubMachine, environment: NodeJS.ProcessEnv = {}) => {
    const { status, stderr } = await machine.setUp({ LINNIX_RELEASE: "1", ...environment });
    assert.equal(status, 0, stderr);
  };

  it("restarts what was started with another proxy, and again when there is none any more", async (machine) => {
    const restarts = [
      "systemctl restart docker.service",
      "systemctl restart amazon-ssm-agent.service",
      "systemctl restart amazon-cloudwatch-agent.service",
    ];
    const restarted = () => machine.changes().filter((line) => line.includes(" restart "));
    machine.use(proxied);
    await setUp(machine, { https_proxy: "http://before:1", no_proxy: "x" });
    assert.deepEqual(restarted(), restarts);
    assert.equal(machine.read("/etc/linnix/proxy.env"), "https_proxy=http://10.0.0.5:3128\nno_proxy=localhost\n");
    await setUp(machine);
    assert.deepEqual(machine.changes(), []);
    machine.use(bundleFiles(host));
    await setUp(machine, { https_proxy: proxy.address, no_proxy: "localhost" });
    assert.deepEqual(restarted(), restarts);
    assert.doesNotMatch(machine.read("/etc/linnix/proxy.env") ?? "", /^https_proxy/m);
  });

  it("fetches everything through its own proxy, whatever the proxy of its caller is", async (machine) => {
    const again = () => {
      for (const name of ["docker.io", "amazon-ssm-agent"]) machine.unset(`installed/${name}`);
    };
    machine.unset("proxies");
    again();
    machine.use(proxied);
    await setUp(machine, { https_proxy: "http://before:1" });
    const used = () => new Set((machine.get("proxies") ?? "").split("\n"));
    assert.deepEqual(used(), new Set([proxy.address]));
    again();
    machine.unset("proxies");
    machine.use(bundleFiles(host));
    await setUp(machine, { https_proxy: proxy.address });
    assert.deepEqual(used(), new Set(["none"]));
  });

  it("removes the drop-in without disabling it, when an older bundle has none", async (machine) => {
    machine.use(bundleFiles(host).filter(({ name }) => !name.includes("service.d")));
    await setUp(machine);
    assert.equal(machine.read("/etc/systemd/system/service.d/90-linnix-proxy.conf"), undefined);
    assert.ok(!machine.changes().some((line) => line.includes("disable")));
  });
});
