import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../../../scripts/lib/home";
import {
  PulumiFailed,
  changesText,
  failedInPlainOutput,
  operate,
  withoutHints,
} from "../../../../scripts/lib/operation";
import { scratchSession } from "../../../fixtures/scratch-session";
import { Display } from "../../../../scripts/lib/display";
import type { Session } from "../../../../scripts/start/session";

const image = "urn:pulumi:t::linnix::docker-build:index:Image::cognitod-build";
const gate = "urn:pulumi:t::linnix::pulumi-nodejs:dynamic/linnix:HealthGate::host-health";

const about = (event: string, urn: string, op: string) => ({
  [event]: { metadata: { urn, op, type: "a:b:C", old: null, new: { custom: true } } },
});
const error = (urn: string | undefined, message: string) => ({ diagnosticEvent: { urn, message, severity: "error" } });
const summary = (resourceChanges: object) => ({ summaryEvent: { resourceChanges } });

describe("an operation on a stack", () => {
  let folder: string;
  let written: string[];
  let display: Display;

  beforeEach("a folder for a CLI that a test writes", () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-operation-"));
    written = [];
    display = new Display({ write: (text) => written.push(text) });
  });
  afterEach("nothing stays", () => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** A session whose `pulumi` is a shell script; `$log` is the event log, where the CLI was asked for one. */
  function sessionWith(script: string): Session {
    const bin = path.join(folder, "bin");
    fs.mkdirSync(bin);
    const log = 'log=; case "$*" in *--event-log*) log=${*##*--event-log }; log=${log%% *};; esac';
    fs.writeFileSync(path.join(bin, "pulumi"), `#!/bin/sh\necho "$*" >> ${folder}/calls\n${log}\n${script}\n`, {
      mode: 0o755,
    });
    const session = scratchSession("t", folder);
    return { ...session, environment: { ...session.environment, PATH: `${bin}:${process.env.PATH ?? ""}` } };
  }
  const emit = (...events: object[]) =>
    events.map((event) => `printf '%s\\n' '${JSON.stringify(event)}' >> "$log"`).join("\n");
  const calls = () => fs.readFileSync(path.join(folder, "calls"), "utf8").trimEnd().split("\n");
  const failure = async (session: Session) => {
    const caught: unknown = await operate(session, "up", [], display).catch((reason: unknown) => reason);
    assert.ok(caught instanceof PulumiFailed, String(caught));
    return caught;
  };

  it("shows the CLI's events, and takes the counts of changes from them without another start of the CLI", async () => {
    const session = sessionWith(
      [
        emit(about("resourcePreEvent", image, "create"), about("resOutputsEvent", image, "create")),
        emit({ diagnosticEvent: { message: "old kernel\n", severity: "warning", prefix: "warning: " } }),
        emit(about("resourcePreEvent", gate, "refresh"), about("resOutputsEvent", gate, "refresh")),
        emit(summary({ create: 1, same: 2, update: 0 })),
        "echo 'plain output'",
      ].join("\n"),
    );
    assert.deepEqual(await operate(session, "up", ["--refresh"], display), { create: 1, same: 2 });
    assert.equal(calls().length, 1);
    assert.match(calls()[0]!, /^up --yes .*--refresh .*--event-log \S+ --stack t --non-interactive/);
    assert.deepEqual(written, [
      "pulumi up    built image cognitod\n",
      "pulumi up    warning: old kernel\n",
      "pulumi up    1 created, 2 unchanged\n",
    ]);
  });

  it("leaves nothing in the temporary folder, also of what a plugin leaves there and of what was killed before", async () => {
    const before = fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("pulumi-docker-"));
    const dead = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-tmp-999999999-"));
    const left = 'd=${TMPDIR:-/tmp}/pulumi-docker-$$; mkdir "$d"; echo password > "$d/config.json"; echo "$d" >> ';
    const session = sessionWith(`${left} ${folder}/left\n${emit(summary({ same: 1 }))}`);
    await operate(session, "up", [], display);
    const [made = ""] = fs.readFileSync(path.join(folder, "left"), "utf8").split("\n");
    assert.match(made, new RegExp(`/linnix-tmp-${process.pid}-`));
    assert.equal(fs.existsSync(path.dirname(made)), false);
    assert.equal(fs.existsSync(dead), false);
    assert.deepEqual(
      fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("pulumi-docker-") && !before.includes(name)),
      [],
    );
  });

  it("says who holds the lock, and never passes on the advice to break it", async () => {
    const text =
      "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\\n  file:///x: created by me@host (pid 4711) at now";
    const { message } = await failure(sessionWith(`printf "${text.replace(/`/g, "\\`")}" >&2; exit 1`));
    assert.match(message, /another update of this stack is running \(process 4711\)\. Wait until it has ended/);
    assert.doesNotMatch(message, /cancel/);
  });

  it("does not pass on the hint to remove the stack, which would delete a file of the repository", () => {
    const hint =
      "The resources in the stack have been deleted, but the history and configuration associated with the stack are still maintained. \nIf you want to remove the stack completely, run `pulumi stack rm local`.";
    assert.equal(withoutHints(`one\n${hint}\ntwo`), "one\ntwo");
  });

  it("names the resources that failed, with their messages", async () => {
    const session = sessionWith(
      [
        emit(about("resourcePreEvent", gate, "create"), error(gate, "llama is unhealthy: 503\n  out of memory\n")),
        emit(about("resOpFailedEvent", gate, "create"), error(undefined, "update failed\n")),
        "exit 255",
      ].join("\n"),
    );
    const { message, resources } = await failure(session);
    assert.equal(
      message,
      "pulumi up failed:\n  health check: llama is unhealthy: 503\n    out of memory\nWhat ran before still runs.",
    );
    assert.deepEqual(
      resources.map(({ name }) => name),
      ["host-health"],
    );
    assert.match(written.join(""), /FAILED: health check\n/);
  });

  it("passes on what the CLI prints when it fails before the first event", async () => {
    const { message } = await failure(sessionWith("echo 'error: the stack is currently locked' >&2; exit 1"));
    assert.match(message, /^pulumi up failed:\n {2}error: the stack is currently locked\n/);
    fs.rmSync(path.join(folder, "bin"), { recursive: true });
    fs.rmSync(path.join(folder, "state"), { recursive: true });
    const quiet = await failure(sessionWith("echo 'only on standard output'; exit 1"));
    assert.match(quiet.message, /only on standard output/);
  });

  it("shows the plain output of a CLI without event log, and asks the history for the counts", async () => {
    const session = sessionWith(
      [
        '[ -z "$log" ] || { echo "error: unknown flag: --event-log" >&2; exit 1; }',
        `case "$*" in *history*) echo '[{"resourceChanges": {"same": 3}}]'; exit;; esac`,
        "echo ' +  a:b:Image cognitod-build created'",
      ].join("\n"),
    );
    assert.deepEqual(await operate(session, "up", [], display), { same: 3 });
    assert.match(written.join(""), /cognitod-build created\n[^]*nothing changed/);
    assert.equal(calls().length, 3);
  });

  it("names the resources that failed of such a CLI too", async () => {
    const session = sessionWith(
      [
        '[ -z "$log" ] || { echo "error: unknown flag: --event-log" >&2; exit 1; }',
        "echo ' +  a:b:Image cognitod-build **creating failed** error: exit status 1'; exit 1",
      ].join("\n"),
    );
    const { resources, message } = await failure(session);
    assert.deepEqual(
      resources.map(({ name }) => name),
      ["cognitod-build"],
    );
    assert.match(message, /cognitod-build failed\n/);
  });

  /** Interrupts a process twice, as a terminal and npm do for one key press, once it wrote what is waited for. */
  async function interrupted(args: readonly string[], ready: RegExp): Promise<{ status: number | null; text: string }> {
    const command = ["--import", "tsx", "tests/fixtures/interruptible.ts", ...args];
    const child = spawn(process.execPath, command, { cwd: projectFolder, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        if (!ready.test(text) && ready.test(text + chunk.toString())) {
          child.kill("SIGINT");
          setTimeout(() => child.kill("SIGINT"), 500);
        }
        text += chunk.toString();
      });
    }
    return { status: await ended, text };
  }

  it("is interrupted by one signal to the CLI for one key press, waits for it, and ends with 130", async () => {
    const session = sessionWith(
      [
        `trap 'echo interrupted >> ${folder}/signals' INT`,
        emit(about("resourcePreEvent", image, "create")),
        `until [ -s ${folder}/signals ]; do sleep 0.1; done; sleep 0.5; exit 255`,
      ].join("\n"),
    );
    fs.writeFileSync(path.join(folder, "session.json"), JSON.stringify(session));
    const { status, text } = await interrupted([path.join(folder, "session.json")], /building image cognitod/);
    assert.equal(status, 130, text);
    assert.equal(fs.readFileSync(path.join(folder, "signals"), "utf8"), "interrupted\n");
    assert.match(
      text,
      /interrupting: waiting for the end of building image cognitod;[^]*Interrupted\. What exists stays/,
    );
  });

  it("is not the only thing that can be interrupted: a step reports what it was doing", async () => {
    const { status, text } = await interrupted([], /ready/);
    assert.equal(status, 130, text);
    assert.match(text, /Interrupted: starting the engine\./);
  });

  it("finds failures in plain output", () => {
    const failed = " +  docker-build:index:Image cognitod-build **creating failed (5s)** error: exit status 1";
    assert.equal(failedInPlainOutput(failed), "cognitod-build");
    assert.equal(failedInPlainOutput(" +  docker-build:index:Image cognitod-build creating (11s) error: x"), undefined);
    assert.equal(failedInPlainOutput(" +  docker-build:index:Image cognitod-build created (132s) "), undefined);
  });

  it("counts changes in words", () => {
    assert.equal(changesText({ same: 15 }), "nothing changed");
    assert.equal(
      changesText({ create: 2, replace: 1, "create-replacement": 1, same: 15 }),
      "2 created, 1 replaced, 15 unchanged",
    );
  });
});
