import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { BadInput, Failure } from "../../../../scripts/lib/errors";
import { linnixHome } from "../../../../scripts/lib/home";
import { withStackLock } from "../../../../scripts/lib/stack-lock";
import { checked, finding, isStopped, ofFaults, reportText } from "../../../../scripts/doctor/finding";
import {
  diskFindings,
  engineFindings,
  kernelFindings,
  memoryFinding,
  nodeFinding,
  systemFindings,
  userFinding,
} from "../../../../scripts/doctor/machine";
import { healthFinding, lockFindings } from "../../../../scripts/doctor/stack";
import type { HealthReport } from "../../../../components/health/report";
import { settingsOf } from "../../../fixtures/settings";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-doctor-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});
const home = () => linnixHome({ LINNIX_HOME: path.join(folder, "home") });
const verdicts = (found: readonly { verdict: string }[]) => found.map(({ verdict }) => verdict);

/** An environment whose docker prints these answers, by its first word. */
function docker(answers: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const cases = Object.entries(answers).map(([word, text]) => `${word}) echo '${text}';;`);
  fs.writeFileSync(path.join(folder, "docker"), `#!/bin/sh\ncase $1 in ${cases.join(" ")} *) exit 1;; esac\n`, {
    mode: 0o755,
  });
  return { PATH: `${folder}:${process.env.PATH ?? ""}`, DOCKER_HOST: "unix:///nowhere.sock" };
}

describe("the doctor's checks of a machine", () => {
  it("compare Node and the system with what is supported", () => {
    assert.equal(nodeFinding("v20.12.0").verdict, "ok");
    const old = nodeFinding("v18.1.0");
    assert.deepEqual([old.verdict, old.remedy], ["problem", "install Node.js >=20.12"]);
    assert.deepEqual([verdicts(systemFindings("linux")), verdicts(systemFindings("darwin"))], [["ok"], ["problem"]]);
  });

  it("find the engine with version and cgroup, and refuse one that cannot run cognitod", async () => {
    const info = { ServerVersion: "28.1.0", CgroupVersion: "2", CgroupDriver: "systemd", MemTotal: 8e9 };
    const good = await engineFindings(
      home(),
      docker({ version: "28.1.0", buildx: "v0.1", info: JSON.stringify(info) }),
    );
    assert.deepEqual(
      [good.findings, good.memory, good.kind],
      [[finding("engine", "ok", "Docker 28.1.0, unix:///nowhere.sock, cgroup v2, driver systemd")], 8e9, "existing"],
    );
    const rootless = JSON.stringify({ ...info, SecurityOptions: ["name=rootless"] });
    const bad = await engineFindings(home(), docker({ version: "28.1.0", buildx: "v0.1", info: rootless }));
    assert.deepEqual(verdicts(bad.findings), ["ok", "problem"]);
  });

  it("report an engine that does not answer, is too old or has no buildx as a problem with its remedy", async () => {
    for (const [answers, expected] of [
      [{}, /does not answer\. Start it, or unset DOCKER_HOST/],
      [{ version: "20.10.0" }, /23\.0\.0 or newer is needed/],
      [{ version: "28.0.0" }, /no buildx plugin/],
    ] as const) {
      const found = await checked("engine", async () => (await engineFindings(home(), docker(answers))).findings);
      assert.deepEqual(verdicts(found), ["problem"]);
      assert.match(found[0]!.text, expected);
    }
  });

  it("compare disk and memory with what the project needs", () => {
    assert.deepEqual(verdicts(diskFindings(home(), true)), ["ok"]);
    const settings = settingsOf({ llamaMemory: 4096, cognitodMemory: 512 }, { stack: "t" });
    assert.equal(memoryFinding(settings, 4608 * 2 ** 20).verdict, "ok");
    const little = memoryFinding(settings, 4607 * 2 ** 20);
    assert.deepEqual([little.verdict, little.remedy?.includes("llamaMemory")], ["note", true]);
    const alone = settingsOf({ llm: "none", cognitodMemory: 512 }, { stack: "t" });
    assert.equal(memoryFinding(alone, 512 * 2 ** 20).verdict, "ok");
  });

  it("look for BTF and trace events, which a setting can make indispensable", () => {
    const files = {
      btf: path.join(folder, "btf"),
      events: path.join(folder, "events"),
      filesystems: path.join(folder, "fs"),
    };
    fs.writeFileSync(files.filesystems, "nodev\ttracefs\n");
    assert.deepEqual(verdicts(kernelFindings(false, "existing", files)), ["note", "note"]);
    assert.deepEqual(verdicts(kernelFindings(true, "existing", files)), ["problem", "problem"]);
    assert.match(kernelFindings(false, "existing", files)[1]!.remedy!, /mount -t tracefs/);
    fs.writeFileSync(files.btf, "");
    assert.deepEqual(verdicts(kernelFindings(true, "embedded", files)), ["ok", "ok"]);
    fs.mkdirSync(path.join(files.events, "sched"), { recursive: true });
    assert.deepEqual(verdicts(kernelFindings(true, "existing", files)), ["ok", "ok"]);
    fs.rmSync(files.events, { recursive: true });
    fs.writeFileSync(files.filesystems, "ext4\n");
    assert.deepEqual(verdicts(kernelFindings(true, "embedded", files)), ["ok", "problem"]);
    assert.match(kernelFindings(true, "elsewhere", files)[0]!.text, /not on this machine/);
  });

  it("say which user cognitod has, and how it need not be root", () => {
    const facts = (more: object) => {
      const engine = { kind: "embedded" as const, apparmor: false, pidFile: "/home/dockerd.pid" };
      const { verdict, text, remedy } = userFinding({
        ...{ wanted: "auto", engine, open: false, mountedByMachine: true },
        ...more,
      });
      return `${verdict}: ${text} → ${remedy ?? ""}`;
    };
    const existing = { kind: "existing", apparmor: false, pidFile: "" };
    const remount = "mount -o remount,gid=65531,mode=750 /sys/kernel/tracing";
    assert.match(facts({ open: true }), /^ok: cognitod runs as uid 65531: trace events are open/);
    assert.match(facts({}), new RegExp(`^note: cognitod runs as root: .*end root's processes → ${remount}`));
    assert.match(facts({ mountedByMachine: false }), /^note: .* → kill \$\(cat \/home\/dockerd\.pid\), and npm start/);
    assert.match(facts({ wanted: "root", open: true }), /^ok: cognitod runs as root, as linnix:cognitodUser says/);
    assert.match(
      facts({ wanted: "cognitod" }),
      new RegExp(`^problem: .*uid 65531.*not open to its group → ${remount}`),
    );
    assert.match(facts({ engine: existing }), new RegExp(`^note: .*as root.*→ ${remount}.*; then linnix:cognitodUser`));
    assert.match(facts({ engine: existing, open: true }), /^note: .*as root.* → linnix:cognitodUser cognitod$/);
    assert.match(facts({ engine: { ...existing, apparmor: true } }), /^ok: cognitod runs as root; .*AppArmor/);
  });

  it("notice a start at work, which a start waits for", async () => {
    assert.deepEqual(verdicts(await lockFindings(home(), "t", undefined)), ["ok"]);
    const during = await withStackLock(
      home(),
      "t",
      () => lockFindings(home(), "t", undefined),
      () => undefined,
    );
    assert.deepEqual([during[0]!.verdict, during[0]!.text.includes("at work")], ["note", true]);
  });

  it("report services that are not healthy without stopping a start", () => {
    const service = { status: "unhealthy", detail: "no answer" };
    const health = { healthy: false, release: "r", cognitod: service, llama: service } as unknown as HealthReport;
    const found = healthFinding(health, "dev");
    assert.deepEqual([found.verdict, found.remedy], ["note", "npm run status -- dev prints all of it"]);
    assert.equal(healthFinding({ ...health, healthy: true }, "dev").verdict, "ok");
  });
});

describe("the doctor's report", () => {
  it("has a line for each finding, and what to do under it, without what would control the terminal", () => {
    const text = reportText([finding("node", "ok", "fine"), finding("x", "problem", "bad\u001b[2J\nmore", "do\nthis")]);
    const lines = [
      "ok           node         fine",
      "problem      x            bad more",
      "                          → do this",
    ];
    assert.equal(text, `${lines.join("\n")}\n`);
  });

  it("stops a start by problems only", () => {
    assert.equal(isStopped([finding("a", "ok", ""), finding("b", "note", "")]), false);
    assert.equal(isStopped([finding("a", "ok", ""), finding("b", "problem", "")]), true);
  });

  it("has each fault of a check, a refusal as a problem, and a check that cannot be made as a note", async () => {
    const fault = { key: "k", value: "v", problem: "is wrong", remedy: "mend it" };
    assert.deepEqual(ofFaults("n", [fault], ""), [finding("n", "problem", "k = v: is wrong", "mend it")]);
    const failing = (error: Error) => checked("n", () => Promise.reject(error));
    assert.deepEqual(await failing(new BadInput([fault])), [finding("n", "problem", "k = v: is wrong", "mend it")]);
    assert.deepEqual(await failing(new Failure("no")), [finding("n", "problem", "no")]);
    assert.deepEqual(await failing(new Error("odd")), [finding("n", "note", "could not be checked: odd")]);
  });
});
