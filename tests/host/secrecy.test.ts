import assert from "node:assert/strict";

import { type Host, host } from "./host";
import { stack, token } from "./releases";

const llama = `linnix-${stack}-llama`;

/** Finds the files that contain the text from standard input. As an argument, the text would be found too. */
const search = `
  IFS= read -r secret
  found() { grep -qF -- "$secret" && echo "$1"; }
  for process in /proc/[0-9]*; do tr '\\0' ' ' 2>/dev/null <"$process/cmdline" | found "$process $(cat "$process/comm")"; done
  journalctl --no-pager -o export | found journal
  for file in /etc/systemd/system/linnix-*; do found "$file" <"$file"; done
  cat /var/lib/cloud/instance/user-data.txt* | gzip -cdf | found 'user data'
  find /var/log -type f -exec cat {} + | found /var/log
  printf '%s\\n' "$secret" | grep -rlFf - /var/lib/docker/overlay2 /var/lib/docker/image /var/lib/linnix-release /var/lib/linnix
  true`;

describe("the host seen from inside", () => {
  let ec2: Host;

  before(async function () {
    ec2 = await host(this);
  });

  it("listens on its loopback only", async () => {
    const sockets = (await ec2.machine.shell("ss -Hltun")).split("\n").map((line) => line.split(/\s+/));
    const open = sockets
      .map(([kind, , , , address = ""]) => `${kind ?? ""} ${address}`)
      .filter((it) => !/ (127\.|\[::1\]:)/.test(it));
    // The DHCP client, which accepts no connections.
    assert.deepEqual(
      open.filter((it) => !/^udp .*%\w+:68$/.test(it)),
      [],
    );
    assert.ok(
      sockets.some(([, , , , address]) => address === "127.0.0.1:8090"),
      "llama's own port must be among them",
    );
  });

  it("shows the token nowhere but where it is needed", async () => {
    assert.deepEqual(
      (await ec2.machine.shell(search, { input: `${token.value}\n`, seconds: 300 })).split("\n").filter(Boolean),
      [],
    );
  });

  it("would be caught: the search finds what is there", async () => {
    const planted = "planted-for-the-search-51c7";
    await ec2.machine.shell(`logger ${planted}`);
    assert.match(await ec2.machine.shell(search, { input: `${planted}\n`, seconds: 300 }), /^journal$/m);
  });

  it("keeps the token where only root reads it", async () => {
    const modes = await ec2.machine.shell("stat -c '%U %a' /run/linnix/secrets/*.env");
    assert.deepEqual([...new Set(modes.split("\n"))], ["root 600"]);
    assert.match(await ec2.machine.shell("findmnt -no FSTYPE -T /run/linnix/secrets"), /^tmpfs$/);
    const { status } = await ec2.machine.tryShell("runuser -u linnix -- cat /run/linnix/secrets/*.env");
    assert.notEqual(status, 0);
  });

  it("asks for the token: the API answers 401 without it and 200 with it", async () => {
    const ask = "curl -s -o /dev/null -w '%{http_code}' --max-time 50";
    const api = "http://127.0.0.1:3000/";
    assert.equal(await ec2.machine.shell(`${ask} ${api}`), "401");
    const config = `header = "Authorization: Bearer ${token.value}"\n`;
    assert.equal(await ec2.machine.shell(`${ask} -K - ${api}`, { input: config }), "200");
  });

  it("keeps llama's container away from the instance metadata, which the host itself reaches", async () => {
    const url = "http://169.254.169.254/latest/api/token";
    const ask = `curl -s -o /dev/null -w '%{http_code}' --max-time 8 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' ${url}`;
    assert.equal((await ec2.machine.tryShell(ask)).stdout, "200");
    const inside = await ec2.machine.tryShell(`docker exec ${llama} ${ask}`);
    assert.equal(inside.stdout, "000");
    // Outgoing traffic still works: the model's server responds.
    const models = "curl -s -o /dev/null -w '%{http_code}' --max-time 30 -I http://models.linnix.test/tiny.gguf";
    assert.equal((await ec2.machine.tryShell(`docker exec ${llama} ${models}`)).stdout, "200");
  });

  /** Asks for a token of the instance metadata as a user of the host; "000" without an answer. */
  const askAs = async (uid: number, address: string) => {
    const url = `http://${address}/latest/api/token`;
    const ask = `curl -gs -o /dev/null -w '%{http_code}' --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' ${url}`;
    return (await ec2.machine.tryShell(`setpriv --reuid ${uid} --clear-groups ${ask}`)).stdout;
  };

  it("keeps cognitod's and llama's users on the host's own network away from the instance metadata, too", async () => {
    assert.equal(await askAs(0, "169.254.169.254"), "200");
    // Another user reaches it, so it is the rule that keeps these away.
    assert.equal(await askAs(65_533, "169.254.169.254"), "200");
    for (const uid of [65_531, 65_532]) assert.equal(await askAs(uid, "169.254.169.254"), "000", String(uid));
    // Nothing answers these here, so that their rules are all that can be seen.
    const rules = await ec2.machine.shell("iptables -t raw -S; ip6tables -t raw -S");
    for (const address of ["169.254.170.2/32", "169.254.170.23/32", "fd00:ec2::254/128", "fd00:ec2::23/128"]) {
      assert.ok(rules.includes(`-A PREROUTING -d ${address} -j DROP`), address);
      for (const uid of [65_531, 65_532])
        assert.ok(rules.includes(`-A OUTPUT -d ${address} -m owner --uid-owner ${uid} -j DROP`), `${uid} ${address}`);
    }
  });

  it("closes the instance metadata again within a minute after the rules were flushed, and adds none twice [full]", async () => {
    // Without the engine's own rule, which does nothing.
    const list =
      "for it in iptables ip6tables; do $it -t raw -S | sort; $it -S DOCKER-USER; done 2>/dev/null | grep -v RETURN";
    await ec2.machine.shell("/usr/local/lib/linnix/current/each-minute", { seconds: 180 });
    const before = await ec2.machine.shell(list);
    await ec2.machine.shell("iptables -t raw -F; ip6tables -t raw -F; iptables -F DOCKER-USER");
    assert.equal(await askAs(65_531, "169.254.169.254"), "200");
    await ec2.machine.shell("systemctl start linnix-health.service", { seconds: 300 });
    assert.equal(await askAs(65_531, "169.254.169.254"), "000");
    assert.equal(await ec2.machine.shell(list), before);
  });
});
