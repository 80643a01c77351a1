import assert from "node:assert/strict";
import * as fs from "node:fs";

import pins from "../../pins.json";
import { cognitodBuild } from "../../components/images/build-spec";
import { cognitodSpec, preflightSpec, readyProbe, requiredChecks } from "../../components/services/cognitod";
import { parsePreflight } from "../../components/health/probe-output";
import {
  build,
  docker,
  eventually,
  probe,
  removeLater,
  removeMade,
  start,
  tarOf,
  testBases,
  tryDocker,
} from "./docker";

const tag = "linnix-test/cognitod-non-root";
const user = "65531:65531";
const ports = { api: 43001, health: 49465 };
const spec = cognitodSpec({
  ...{ stack: "nonroottest", sample: true, privileges: "least", ports, memoryMiB: 256, logLevel: "info", user },
  llm: { endpoint: "http://127.0.0.1:48090/v1/chat/completions", model: "none" },
});
const preflight = preflightSpec(spec, requiredChecks(true));
const tracefs = "/sys/kernel/tracing";

/** Runs a command as root on the engine's machine, with access to its trace events. */
function onEngine(...command: string[]): Promise<string> {
  const mount = `type=bind,source=${tracefs},target=${tracefs}`;
  const base = testBases().runtime ?? pins.images.debian;
  return docker("run", "--rm", "--privileged", "--mount", mount, base, ...command);
}

describe("cognitod as a user other than root", () => {
  let earlier: { gid: string; mode: string };

  before("is given the trace events by its group, as an EC2 host does", async () => {
    removeLater("image", "rm", tag);
    const source = { kind: "sample", location: "sample/daemon", revision: "test" } as const;
    await build(cognitodBuild(source, testBases()), tag);
    const [gid = "", mode = ""] = (await onEngine("stat", "--format", "%g %a", tracefs)).split(" ");
    earlier = { gid, mode };
    await onEngine("mount", "-o", "remount,gid=65531,mode=750", tracefs);
  });
  after(async () => {
    await onEngine("mount", "-o", `remount,gid=${earlier.gid},mode=${earlier.mode}`, tracefs);
    await removeMade();
  });

  it("is known in the image by name", async () => {
    const passwd = await tarOf(tag, ["--extract", "--to-stdout", "etc/passwd", "etc/group"]);
    assert.match(passwd, /^cognitod:x:65531:65531:/m);
    assert.match(passwd, /^cognitod:x:65531:$/m);
  });

  it("has its capabilities from its file; of all files only the daemon and the preflight carry any", async () => {
    const lines = (await tarOf(tag, ["--xattrs", "--xattrs-include=*", "--list", "--verbose", "--verbose"])).split(
      "\n",
    );
    const carriers = lines.flatMap((line, index) =>
      line.includes("security.capability") ? [(lines[index - 1] ?? "").split(" ").pop()] : [],
    );
    assert.deepEqual(carriers.sort(), ["usr/local/bin/cognitod", "usr/local/bin/linnix-preflight"]);
  });

  it("becomes ready, with exactly the two capabilities and no way to gain others", async () => {
    const container = await start(spec, tag, { LINNIX_API_TOKEN: "token-of-the-non-root-test" });
    await eventually("ready", async () => (await probe(container, readyProbe(ports.health).command)).status === 200);
    const pid = await docker("inspect", "--format", "{{.State.Pid}}", container);
    const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    const bits = (1n << 38n) | (1n << 39n);
    assert.match(status, /^Uid:\s+65531\s+65531\s+65531\s+65531$/m);
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) {
      assert.equal(BigInt(`0x${new RegExp(`${set}:\\s*(\\S+)`).exec(status)?.[1] ?? "0"}`), bits, set);
    }
    assert.match(status, /NoNewPrivs:\s*1/);
  });

  it("has a preflight that passes what the sample needs", async () => {
    const container = await start(preflight, tag);
    assert.equal(await docker("wait", container), "0", await docker("logs", container));
    const result = parsePreflight(await docker("logs", container));
    for (const check of requiredChecks(true)) assert.equal(result?.checks[check]?.ok, true, check);
  });

  it("can't be started without the capabilities, and the kernel says so", async () => {
    const { status, stderr } = await tryDocker("run", "--rm", "--user", user, "--cap-drop", "ALL", tag, "--version");
    assert.notEqual(status, 0);
    assert.match(stderr, /cognitod: operation not permitted/);
  });
});
