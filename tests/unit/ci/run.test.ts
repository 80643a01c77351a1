// Runs .ci/run with stubs of npm and of the shell's commands that its layers start.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../../scripts/lib/home";
import { type RunResult, tryRun } from "../../../scripts/lib/run";

/** Every layer, in the order in which they run. */
const all =
  "unit programs shell python workflows release files sample start status again images pulumi aws vm stop host".split(
    " ",
  );

/** Records its arguments, and when the layer host must begin no more tests; fails for the script that FAILING names. */
const npmStub = `#!/bin/sh
echo "$*\${LINNIX_HOST_TESTS_UNTIL:+ until $LINNIX_HOST_TESTS_UNTIL}" >>"$CALLS"
[ "$*" != "start -- --json" ] || echo '{"changes":{"same":3},"health":{"healthy":true}}'
[ "$*" != "$FAILING" ] || { seq -f "line %g" 100; echo "the cause" >&2; exit 1; }
`;

describe(".ci/run", function () {
  this.timeout(120_000);

  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-ci-"));
    for (const name of [".ci", "bin"]) fs.mkdirSync(path.join(folder, name));
    fs.copyFileSync(path.join(projectFolder, ".ci/run"), path.join(folder, ".ci/run"));
    fs.writeFileSync(path.join(folder, "bin/npm"), npmStub, { mode: 0o755 });
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** The result with the layers that ran, and the calls of npm. */
  async function ci(layers: readonly string[], failing = ""): Promise<RunResult & { ran: string[]; calls: string[] }> {
    const calls = path.join(folder, "calls");
    fs.writeFileSync(calls, "");
    const env = {
      ...process.env,
      ...{ PATH: `${folder}/bin:${process.env.PATH ?? ""}`, CALLS: calls, FAILING: failing },
    };
    const result = await tryRun(path.join(folder, ".ci/run"), layers, { env });
    const ran = [...result.stdout.matchAll(/^=== (\w+): (?:passed|FAILED)/gm)].map(([, name = ""]) => name);
    return { ...result, ran, calls: fs.readFileSync(calls, "utf8").trimEnd().split("\n") };
  }

  it("runs every layer without arguments", async () => {
    const { status, stdout, ran, calls } = await ci([]);
    assert.deepEqual(ran, all);
    assert.equal(status, 0);
    assert.match(stdout, /\n17 passed, 0 failed\n$/);
    assert.doesNotMatch(stdout, /^ {2}\.ci\/run /m);
    const until = Number(/^run -s test:host -- --short boot .* until (\d+)$/.exec(calls.at(-1) ?? "")?.[1]);
    assert.ok(Math.abs(until - Date.now() / 1000 - 4200) < 60, String(until));
  });

  it("runs the named layers only, in its own order, and names the others as left out", async () => {
    const { status, stdout, ran, calls } = await ci(["files", "images", "unit"]);
    assert.deepEqual([status, ran], [0, ["unit", "files", "images"]]);
    assert.deepEqual(calls, ["test", "run -s test:files", "run -s test:images -- --short"]);
    assert.match(stdout, /\n3 passed, 0 failed\n$/);
    const leftOut = [...stdout.matchAll(/^ {2}\.ci\/run (\w+) +the layer \1$/gm)].map(([, name]) => name);
    assert.deepEqual(
      leftOut,
      all.filter((name) => !ran.includes(name)),
    );
    // Of the short sets, only that of a layer that ran.
    assert.match(stdout, /npm run test:images +more tests/);
    assert.ok(!/test:host|test:interrupted/.test(stdout));
  });

  it("goes on after a layer that fails, fails, and repeats the end of that layer's output in its report", async () => {
    const { status, stdout, ran } = await ci(["shell", "python", "files"], "run -s lint:python");
    assert.deepEqual([status, ran], [1, ["shell", "python", "files"]]);
    assert.match(stdout, /^=== python: FAILED after \d+ s$/m);
    const report = /^=== python failed: npm run -s lint:python\n((?:.*\n)*)2 passed, 1 failed\n$/m.exec(stdout)?.[1];
    const last59 = Array.from({ length: 59 }, (_, index) => `line ${index + 42}`);
    assert.deepEqual(report?.trimEnd().split("\n"), [...last59, "the cause"]);
  });

  it("refuses a name that is not a layer, lists the names, and runs nothing", async () => {
    for (const wrong of ["units", "", "uni", "unit shell"]) {
      const { status, stdout, stderr, calls } = await ci(["unit", wrong]);
      assert.deepEqual([status, stdout, calls], [2, "", [""]], wrong);
      assert.equal(stderr, `LAYER = ${wrong}: is not a layer; allowed: ${all.join(" ")}\n`);
    }
  });
});
