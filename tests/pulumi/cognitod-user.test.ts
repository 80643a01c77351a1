import assert from "node:assert/strict";
import * as fs from "node:fs";

import pins from "../../pins.json";
import { localServices } from "../../components/hosts/local/plan";
import { dockerRunArguments } from "../../components/services/render/docker-run";
import { type BaseImageName, baseImageServices } from "../../components/settings/schema";
import { changed } from "../../scripts/lib/pulumi";
import { isOpen, openCommand } from "../../scripts/engine/trace-events";
import { tryRun } from "../../scripts/lib/run";
import { settingsOf } from "../fixtures/settings";
import { testBases } from "../images/docker";
import { TestStack, removeStacks } from "./stack";

const own = "65531:65531";
const base = testBases().runtime ?? pins.images.debian;

/** The tests run in order on one stack: each one depends on the one before. */
describe("the user of a local stack's cognitod", function () {
  this.timeout(360_000);
  let stack: TestStack;
  let close: string[];

  /** Runs a command as root on the engine's machine, with access to its trace events. */
  const onEngine = (...command: string[]) => {
    const mount = "type=bind,source=/sys/kernel/tracing,target=/sys/kernel/tracing";
    return stack.docker("run", "--rm", "--privileged", "--mount", mount, base, ...command);
  };
  /** Runs a shell's script on both volumes, as root with Docker's usual capabilities. */
  const inVolumes = (script: string) => {
    const volumes = ["data", "log"].flatMap((name) => ["--volume", `${stack.on(name)}:/${name}`]);
    return stack.docker("run", "--rm", ...volumes, base, "sh", "-c", script);
  };
  const owners = () => inVolumes("find /data /log -mindepth 1 -printf '%U:%G %m %p\\n' | sort -k 3");
  const userOf = (part: string) => stack.docker("inspect", "--format", "{{.Config.User}}", stack.on(part));

  before("up as root, with files that only root may read", async () => {
    const used = Object.entries(testBases()).filter(
      ([name]) => baseImageServices[name as BaseImageName] === "cognitod",
    );
    const baseImages = Object.fromEntries(used);
    const unused = { model: null, llamaPort: null, llamaContext: null };
    stack = await TestStack.make("sample", { llm: "none", ...unused, baseImages });
    const [gid = "", mode = ""] = (await onEngine("stat", "--format", "%g %a", "/sys/kernel/tracing")).split(" ");
    close = ["mount", "-o", `remount,gid=${gid},mode=${mode}`, "/sys/kernel/tracing"];
    await onEngine("mount", "-o", "remount,gid=0,mode=700", "/sys/kernel/tracing");
    stack.set({ cognitodUser: "root", requireKernelInstrumentation: true });
    await stack.up();
    await inVolumes(
      "umask 077; echo incidents >/data/incidents.db; mkdir /data/deep; echo kept >/data/deep/file; echo a >/log/a",
    );
  });
  after("nothing stays", async () => {
    await onEngine(...close);
    await removeStacks();
  });

  it("is root where a setting says so", async () => {
    assert.deepEqual([await userOf("cognitod"), await userOf("preflight")], ["0:0", "0:0"]);
    assert.equal((await stack.outputs()).health.healthy, true);
  });

  it("stays what it is, and its files too, if the other user could not read trace events", async () => {
    const running = await stack.containerId("cognitod");
    stack.set({ cognitodUser: "cognitod" });
    const said = await stack.failingUp();
    assert.match(
      said,
      /preflight ended with exit status 1:[^]*no trace events at \/sys\/kernel\/tracing: Permission denied/,
    );
    assert.equal(await stack.containerId("cognitod"), running);
    assert.doesNotMatch(await owners(), /65531/);
  });

  it("becomes 65531, healthy and with nothing but its two capabilities", async () => {
    await onEngine(...openCommand.split(" "));
    await stack.up();
    assert.deepEqual([await userOf("cognitod"), await userOf("preflight")], [own, own]);
    const { health } = await stack.outputs();
    assert.deepEqual([health.healthy, health.kernel.tracefs], [true, true]);
    const pid = await stack.docker("inspect", "--format", "{{.State.Pid}}", stack.on("cognitod"));
    const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    assert.match(status, /^Uid:\s+65531\s+65531\s+65531\s+65531$/m);
    for (const set of ["CapPrm", "CapEff", "CapBnd"])
      assert.match(status, new RegExp(`^${set}:\\s+000000c000000000$`, "m"), "BPF is bit 39, PERFMON bit 38");
    assert.equal(isOpen(`/proc/${pid}/root`), true);
  });

  it("owns all of its files then, whose content is kept", async () => {
    assert.deepEqual(
      (await owners()).split("\n").filter((line) => !line.includes("alerts")),
      [`${own} 700 /data/deep`, `${own} 600 /data/deep/file`, `${own} 600 /data/incidents.db`, `${own} 600 /log/a`],
    );
    assert.equal(await inVolumes("cat /data/incidents.db /data/deep/file /log/a"), "incidents\nkept\na");
    assert.equal((await stack.onEngine("container")).includes(stack.on("owner")), false);
  });

  it("may write to its volumes, and not signal a process of root", async () => {
    const { cognitod } = localServices(
      settingsOf({ source: "sample", cognitodUser: "cognitod" }, { stack: stack.name }),
    );
    const asCognitod = (script: string) => {
      const spec = { ...cognitod, name: stack.on("probe"), entrypoint: ["/bin/sh"], arguments: ["-c", script] };
      const args = dockerRunArguments({ ...spec, environment: {}, secrets: {}, restart: "never" }, { image: base });
      return tryRun("docker", ["run", "--rm", ...args], { env: stack.environment });
    };
    const wrote = await asCognitod("echo more >>/var/lib/linnix/incidents.db && rm /var/lib/linnix/deep/file");
    assert.deepEqual([wrote.status, wrote.stderr], [0, ""]);
    // Process 1 is the machine's: cognitod is in its PID namespace.
    const signalled = await asCognitod("kill -0 1");
    assert.notEqual(signalled.status, 0);
    assert.match(signalled.stderr, /not permitted/i);
  });

  it("changes nothing when nothing has changed", async () => {
    assert.equal(changed(await stack.up("--refresh")), false);
  });

  it("is root again after a change back, with its files", async () => {
    stack.set({ cognitodUser: "root" });
    await stack.up();
    assert.equal(await userOf("cognitod"), "0:0");
    assert.equal((await stack.outputs()).health.healthy, true);
    assert.doesNotMatch(await owners(), /65531/);
    assert.equal(await inVolumes("cat /data/incidents.db"), "incidents\nmore");
  });
});
