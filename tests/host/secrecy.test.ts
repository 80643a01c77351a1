import assert from "node:assert/strict";

import { type Host, host } from "./host";
import { stack, token } from "./releases";

const llama = `linnix-${stack}-llama`;

/** Where the text that is given on standard input stands; never on a command line, where it would be found too. */
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

  before(async () => {
    ec2 = await host();
  });

  it("listens on its loopback only", async () => {
    const sockets = (await ec2.machine.shell("ss -Hltun")).split("\n").map((line) => line.split(/\s+/));
    const open = sockets
      .map(([kind, , , , address = ""]) => `${kind ?? ""} ${address}`)
      .filter((it) => !/ (127\.|\[::1\]:)/.test(it));
    // The client of the address that DHCP gave; it takes no connection.
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
    // The way out is open all the same: the model's server answers.
    const models = "curl -s -o /dev/null -w '%{http_code}' --max-time 30 -I http://models.linnix.test/tiny.gguf";
    assert.equal((await ec2.machine.tryShell(`docker exec ${llama} ${models}`)).stdout, "200");
  });
});
