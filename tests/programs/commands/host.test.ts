import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { linnixHome, projectFolder } from "../../../scripts/lib/home";
import { type RunResult, tryRun } from "../../../scripts/lib/run";
import { writeStackFile } from "../../../scripts/lib/stack-file";
import { writeSession } from "../../../scripts/start/session";
import { PlayedHost } from "../../fixtures/played-host";
import { inputs } from "../../fixtures/rolling";

let folder: string;
let host: PlayedHost;

const under = (name: string) => path.join(folder, name);
const program = (name: string, body: string): void => {
  fs.writeFileSync(under(name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
};
/** What the stub of `pulumi` prints for a command. */
const answers = (name: string, value: unknown): void => {
  fs.writeFileSync(under(name), JSON.stringify(value));
};

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-host-command-"));
  host = new PlayedHost("dev");
  await host.server.start();
  const endpoints = JSON.stringify([{ ssm: host.server.url, ec2: host.server.url, sts: host.server.url }]);
  const rollout = { type: "pulumi-nodejs:dynamic/linnix:Rollout", outputs: inputs };
  answers("export", { deployment: { resources: [rollout] } });
  answers("config", {
    "aws:accessKey": { value: "AKIATEST" },
    "aws:secretKey": { value: "x" },
    "aws:endpoints": { value: endpoints },
  });
  answers("output", { logs: { cognitod: { name: "/linnix/dev/cognitod" }, system: { name: "/linnix/dev/system" } } });
  answers("history", []);
  program(
    "pulumi",
    `case "$*" in "stack output"*) f=output;; "stack export"*) f=export;; "stack history"*) f=history;; config*) f=config;; esac; cat "${folder}/$f"`,
  );
  program(
    "aws",
    `echo "$@ as $AWS_ACCESS_KEY_ID" >>"${folder}/aws.log"; printf 'a\\033[31m line\\033]0;title\\007 of aws\\n'`,
  );
});
afterEach(async () => {
  await host.server.stop();
  fs.rmSync(folder, { recursive: true });
});

/** Runs the command as npm does. */
const run = (...args: string[]): Promise<RunResult> =>
  tryRun(process.execPath, ["scripts/bootstrap.mjs", "scripts/commands/host.ts", ...args], {
    cwd: projectFolder,
    env: { ...process.env, LINNIX_HOME: under("home"), PATH: `${folder}:${process.env.PATH ?? ""}` },
  });

/** The host has had release a, and runs release b now. */
function released(): void {
  const healthy = { outcome: "healthy", phase: "done", step: null, detail: "every service is ready" } as const;
  const entry = (release: string, at: string) => ({ ...healthy, release, at, seconds: 1, restored: null });
  host.history.push(entry("release-1", "2026-11-01T10:00:00Z"), entry("release-2", "2026-11-02T10:00:00Z"));
  Object.assign(host, { previous: "release-1", current: "release-2", time: "2026-11-03T10:00:00Z" });
}

describe("npm run host of a stack on EC2", function () {
  it("prints the host's status and history, for people and as JSON", async () => {
    released();
    host.history[0] = { ...host.history[0]!, detail: "hostile \u001b[2J\u202etext" };
    const status = await run("dev", "status");
    assert.equal(status.status, 0, status.stderr);
    assert.match(status.stdout, /^release +release-2$/m);
    const history = await run("dev", "history");
    assert.match(history.stdout, /^2026-11-01T10:00:00Z +release-1 +healthy +1 s +hostile text$/m);
    const json = JSON.parse((await run("dev", "history", "--json")).stdout) as { release: string }[];
    assert.deepEqual(
      json.map(({ release }) => release),
      ["release-1", "release-2"],
    );
    const sent = host.server.of("SendCommand").map(({ DocumentName }) => DocumentName);
    assert.deepEqual([...new Set(sent)], [inputs.lookDocument], "a look needs more than the document of looks");
    host.sick = true;
    const sick = await run("--stack", "dev", "status");
    assert.deepEqual([sick.status, /^host +NOT healthy$/m.test(sick.stdout)], [1, true]);
  });

  it("rolls back, prints progress, and ends with what makes that last", async () => {
    released();
    answers("history", [
      { kind: "update", startTime: "2026-11-02T09:00:00Z", config: { "linnix:logLevel": { value: "debug" } } },
      { kind: "update", startTime: "2026-11-01T09:00:00Z", config: { "linnix:logLevel": { value: "info" } } },
    ]);
    const { status, stderr } = await run("dev", "rollback", "release-1");
    assert.equal(status, 0, stderr);
    assert.equal(host.current, "release-1");
    assert.match(stderr, /^release release-1 runs and is healthy$/m);
    assert.match(stderr, /still asks for release release-2/);
    assert.match(stderr, /^ {2}linnix:logLevel: info; the newest update: debug$/m);
  });

  it("refuses another release than the one before the current, with status 2, and fails with the cause if it is not healthy", async () => {
    released();
    const unknown = await run("dev", "rollback", "release-9");
    assert.deepEqual([unknown.status, host.current], [2, "release-2"]);
    assert.match(unknown.stderr, /^release = release-9: .*only release-1, the one before the current, is$/m);
    assert.match(unknown.stderr, /npm run host -- dev history/);
    host.sick = true;
    const sick = await run("dev", "rollback");
    assert.equal(sick.status, 1);
    assert.match(sick.stderr, /release release-1 failed on i-1[^]*the weights are torn/);
  });

  it("prints a service's log without what would control the terminal, with the stack's credentials", async () => {
    const { status, stdout, stderr } = await run("dev", "logs", "cognitod", "--since", "42m");
    assert.deepEqual([status, stdout], [0, "a line of aws\n"], stderr);
    assert.equal(
      fs.readFileSync(under("aws.log"), "utf8"),
      "logs tail /linnix/dev/cognitod --since 2520s --format short --region eu-west-1 as AKIATEST\n",
    );
    const wrong = await run("dev", "logs", "lama");
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^service = lama: .*allowed: cognitod, system$/m);
  });

  it("opens a shell by the AWS CLI", async () => {
    assert.equal((await run("dev", "shell")).status, 0);
    const log = fs.readFileSync(under("aws.log"), "utf8");
    assert.equal(log, "ssm start-session --region eu-west-1 --target i-1 as AKIATEST\n");
  });

  it("fails with cause and remedy when the host is stopped, AWS refuses, or linnix-release is missing", async () => {
    Object.assign(host.server.host, { registered: false, state: "stopped" });
    const stopped = await run("dev", "history");
    assert.equal(stopped.status, 1);
    assert.match(stopped.stderr, /is stopped: start it with/);
    Object.assign(host.server.host, { registered: true, state: "running" });
    host.server.faults.push({ action: "SendCommand", error: "AccessDeniedException", times: 1 });
    const refused = await run("dev", "history");
    assert.match(refused.stderr, /^AWS refused ssm:SendCommand.*needs the permission ssm:SendCommand/m);
    assert.doesNotMatch(refused.stderr, /\n +at /);
    host.server.host.run = () => ({ status: "Failed", exitCode: 127, stderr: "sh: not \u001b[1mfound\n" });
    assert.match((await run("dev", "status")).stderr, /^linnix-release ended with status 127: sh: not found$/m);
  });
});

describe("npm run host of a stack on this machine", function () {
  const started = (): void => {
    const configFile = under("Pulumi.mine.yaml");
    writeStackFile(configFile, {}, { source: "sample" }, "header");
    const home = linnixHome({ LINNIX_HOME: under("home") });
    writeSession(home, { stack: "mine", configFile, engine: { kind: "existing", host: "" }, environment: {} });
    program("docker", `echo "$@"; printf 'a\\033[31m line\\033]0;title\\007\\n' >&2`);
  };

  it("prints a service's log, standard error included, and knows its services", async () => {
    started();
    const { status, stdout, stderr } = await run("mine", "logs", "llama", "--since", "2d");
    assert.equal(status, 0, stderr);
    assert.deepEqual(stdout.trim().split("\n").sort(), ["a line", "logs --since 172800s linnix-mine-llama"]);
    const wrong = await run("mine", "logs", "system");
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /allowed: cognitod, llama$/m);
  });

  it("refuses what is for EC2, and says what there is instead", async () => {
    started();
    for (const [word, expected] of [
      ["status", /npm run status -- mine/],
      ["history", /pulumi stack history/],
      ["rollback", /npm start -- mine/],
      ["shell", /docker exec/],
    ] as const) {
      const { status, stderr } = await run("mine", word);
      assert.equal(status, 2, word);
      assert.match(stderr, /is for a stack on EC2; mine runs on this machine/);
      assert.match(stderr, expected);
    }
  });

  it("rejects a stack that does not exist", async () => {
    const { status, stderr } = await run("nowhere", "status");
    assert.equal(status, 2);
    assert.match(stderr, /^stack = nowhere: /m);
  });
});
