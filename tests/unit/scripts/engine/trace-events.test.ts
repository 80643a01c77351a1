import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../../../components/project";
import { isMountedByMachine, isOpen, openCommand, opensTraceEvents } from "../../../../scripts/engine/trace-events";
import { linnixHome } from "../../../../scripts/lib/home";

/** Programs that enter.sh runs: $PLAYED has what the machine has mounted, and the state of the engine's own mount. */
const stubs: Readonly<Record<string, string>> = {
  readlink: 'echo "${PID_NAMESPACE:-pid:[4026531836]}"',
  grep: '[ ! -e "$PLAYED/unreadable" ] || exit 2; [ -e "$PLAYED/machine" ]',
  mountpoint: '[ -e "$PLAYED/mounted" ]',
  mount:
    'echo "$*" >>"$PLAYED/mounts"; touch "$PLAYED/mounted"; case "$*" in *gid=*) [ -e "$PLAYED/ignores" ] && rm "$PLAYED/ignores" || echo 65531 750 >"$PLAYED/options" ;; esac',
  stat: 'cat "$PLAYED/options" 2>/dev/null || echo 0 700',
  dockerd: 'echo started >>"$PLAYED/mounts"',
};

describe("the trace events of the embedded engine", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-trace-"));
    for (const [name, text] of Object.entries(stubs))
      fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** What enter.sh mounts before it starts the engine. */
  function mounts(played: readonly string[], more: NodeJS.ProcessEnv = {}): string[] {
    for (const name of played) fs.writeFileSync(path.join(folder, name), "");
    const names = ["HOME", "ROOT", "SOCKET", "BRIDGE"].map((name) => [`LINNIX_ENGINE_${name}`, folder]);
    const env: NodeJS.ProcessEnv = {
      ...(Object.fromEntries(names) as Record<string, string>),
      ...{ PLAYED: folder, LINNIX_ENGINE_TRACE_GROUP: "65531", ...more },
      // touch, rm and cat
      PATH: `${folder}:/usr/bin:/bin`,
    };
    const script = path.join(projectFolder, "scripts/engine/enter.sh");
    const { status, stderr } = spawnSync("/bin/sh", [script, "again"], {
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return fs.readFileSync(path.join(folder, "mounts"), "utf8").trim().split("\n");
  }

  const opened = "-t tracefs -o gid=65531,mode=750 tracefs /sys/kernel/tracing";
  const again = "-o remount,gid=65531,mode=750 /sys/kernel/tracing";

  it("are open to cognitod's group where the machine has not mounted them", () => {
    assert.deepEqual(mounts([]), [opened, "started"]);
  });

  it("are opened by a second mount on a kernel that ignores the options of the first, and after an earlier version", () => {
    assert.deepEqual(mounts(["ignores"]), [opened, again, "started"]);
    fs.rmSync(path.join(folder, "mounts"));
    fs.rmSync(path.join(folder, "options"));
    assert.deepEqual(mounts(["mounted"]), [again, "started"]);
  });

  it("keep the options of the machine that has mounted them, or that cannot be seen", () => {
    assert.deepEqual(mounts(["machine", "mounted"]), ["started"]);
    fs.rmSync(path.join(folder, "mounts"));
    fs.rmSync(path.join(folder, "mounted"));
    assert.deepEqual(mounts(["machine"]), ["-t tracefs tracefs /sys/kernel/tracing", "started"]);
    fs.rmSync(path.join(folder, "machine"));
    fs.rmSync(path.join(folder, "mounts"));
    assert.deepEqual(mounts(["mounted"], { PID_NAMESPACE: "pid:[4026532001]" }), ["started"]);
    fs.rmSync(path.join(folder, "mounts"));
    assert.deepEqual(mounts(["unreadable"]), ["started"]);
  });

  it("are known as the machine's by its mounts", () => {
    const engines = "44 65 0:13 / /proc rw - proc proc rw\n";
    assert.equal(isMountedByMachine(engines), false);
    assert.equal(isMountedByMachine(`${engines}45 65 0:13 / /sys/kernel/tracing rw - tracefs tracefs rw\n`), true);
  });

  it("count as open if cognitod's group may read and enter them", () => {
    const open = (gid: number, mode: number) => isOpen("/proc/1/root", () => ({ gid, mode }));
    assert.deepEqual([open(65531, 0o40750), open(0, 0o40750), open(65531, 0o40700)], [true, false, false]);
  });

  it("count as closed where that is not known", () => {
    assert.equal(isOpen(path.join(folder, "none")), false);
    assert.equal(opensTraceEvents(linnixHome({ LINNIX_HOME: path.join(folder, "home") })), undefined);
    assert.equal(openCommand, "mount -o remount,gid=65531,mode=750 /sys/kernel/tracing");
  });
});
