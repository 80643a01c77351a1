import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { changeRequest, changeScripts } from "../../../../../../components/hosts/ec2/rollout/change";
import { changeDocument } from "../../../../../../components/hosts/ec2/rollout/change-document";
import { readDocument } from "../../../../../fixtures/ssm-document";

const document = changeDocument("dev");
const scriptFor = (parameters: Readonly<Record<string, string>>): string | undefined =>
  readDocument(document, Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])))
    ?.script;

describe("the document that changes a host", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-change-"));
    for (const name of ["cloud-init", "systemctl", "linnix-release"]) {
      const text = `#!/bin/sh\nprintf '%s|' ${name} "$@"\nprintf '\\n'\n[ ${name} = systemctl ] || exit 3\n`;
      fs.writeFileSync(path.join(folder, name), text, { mode: 0o755 });
    }
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** The programs that the host's shell runs, and the script's exit status. */
  const ran = (parameters: Readonly<Record<string, string>>) => {
    const script = scriptFor(parameters)?.replaceAll("/usr/local/sbin/", `${folder}/`);
    assert.ok(script !== undefined);
    const env = { PATH: `${folder}:${process.env.PATH ?? ""}` };
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8", env });
    assert.equal(stderr, "");
    return [status, ...stdout.trim().split("\n")];
  };

  it("applies a release after first boot, and starts the health timer that a removal has stopped", () => {
    assert.deepEqual(ran({ change: "apply", release: "d15c2adc681cb4a5" }), [
      3,
      "systemctl|start|linnix-bootstrap.service|",
      "systemctl|start|linnix-health.timer|",
      "linnix-release|apply|--release|d15c2adc681cb4a5|",
    ]);
    const [wait] = changeScripts.apply;
    const [, limit] = /^timeout (\d+) sh -c 'cloud-init status --wait /.exec(wait!) ?? [];
    assert.ok(Number(limit) >= 600 && Number(limit) <= 1200, wait);
  });

  it("does not apply any release that comes", () => {
    assert.equal(ran({ change: "apply" }).at(-1), "linnix-release|apply|--release||");
  });

  it("rolls back, to a release or to the one before", () => {
    assert.deepEqual(ran({ change: "rollback", release: "a-1" }), [3, "linnix-release|rollback|--release|a-1|"]);
    assert.deepEqual(ran({ change: "rollback" }), [3, "linnix-release|rollback|"]);
  });

  it("removes what runs, after what would write the parameters again", () => {
    assert.deepEqual(ran({ change: "remove" }), [
      3,
      "systemctl|stop|linnix-health.timer|linnix-health.service|",
      "linnix-release|remove|",
    ]);
  });

  it("takes its changes, a release's id and a time limit, and nothing that a shell would read as more", () => {
    for (const hostile of ["remove; reboot", "$(reboot)", "status", "", "REMOVE", "remove apply", "{{ release }}"])
      assert.equal(scriptFor({ change: hostile }), undefined, hostile);
    for (const release of ["a b", 'a"; reboot; "', "$(reboot)", "`reboot`", "a\nreboot", "\\", "*", "a".repeat(65)])
      assert.equal(scriptFor({ change: "rollback", release }), undefined, release);
    for (const executionTimeout of ["0", "", "1 2", "100000", "a", "1\nreboot"])
      assert.equal(scriptFor({ change: "remove", executionTimeout }), undefined, executionTimeout);
    assert.equal(scriptFor({ change: "remove", commands: "reboot" }), undefined);
  });

  it("ends a change after the time that a request gives it", () => {
    const host = { stack: "dev", instanceId: "i-1", changeDocument: "linnix-dev-change" };
    const { parameters, comment } = changeRequest(host, "rollback", 4321, "a-1");
    const given = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
    assert.equal(readDocument(document, given)?.timeoutSeconds, 4321);
    assert.equal(comment, "linnix dev: rollback a-1");
    assert.deepEqual(changeRequest(host, "remove", 180).parameters, { change: "remove", executionTimeout: "180" });
  });
});
