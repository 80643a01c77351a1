import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../scripts/lib/home";
import { ensureStack, sessionEnvironment } from "../../scripts/lib/pulumi";
import { type RunResult, tryRun } from "../../scripts/lib/run";
import { writeStackFile } from "../../scripts/lib/stack-file";
import type { Session } from "../../scripts/start/session";
import { scratchSession } from "../fixtures/scratch-session";
import { endLeftOver, killedUp } from "./killed";

describe("npm run deploy of a stack that is locked", function () {
  this.timeout(360_000);
  let folder: string;
  let session: Session;

  beforeEach("a stack whose program refuses its settings, so that it needs no engine", async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-locked-"));
    session = scratchSession(`t-${randomBytes(3).toString("hex")}`, folder);
    writeStackFile(session.configFile, {}, { host: "nowhere" }, "Settings of a test's stack");
    await ensureStack(session);
  });
  afterEach(() => {
    endLeftOver();
    fs.rmSync(folder, { recursive: true });
  });

  const deploy = (...args: string[]): Promise<RunResult> =>
    tryRun(process.execPath, ["scripts/bootstrap.mjs", "scripts/commands/deploy.ts", session.stack, "--yes", ...args], {
      cwd: projectFolder,
      env: sessionEnvironment(session),
    });
  const locks = (): string[] => {
    const all = path.join(folder, "state", ".pulumi", "locks", "organization", "linnix", session.stack);
    return fs.existsSync(all) ? fs.readdirSync(all).map((name) => path.join(all, name)) : [];
  };

  it("tells who holds the lock, and takes it over only if that update is proven to be over", async () => {
    const pid = await killedUp({ name: session.stack, environment: sessionEnvironment(session) }, /Updating/);
    const [lock = "", ...others] = locks();
    assert.deepEqual([lock.endsWith(".json"), others], [true, []]);

    const told = await deploy();
    assert.equal(told.status, 1);
    assert.match(
      told.stderr,
      new RegExp(`^Stack ${session.stack} is locked:\n  by \\S+@${os.hostname()}, process ${pid}, since `, "m"),
    );
    assert.match(told.stderr, new RegExp(`process ${pid} of this machine does not run any more\n.*--take-over`));
    assert.deepEqual(locks(), [lock]);

    const content = fs.readFileSync(lock, "utf8");
    fs.writeFileSync(lock, content.replace(os.hostname(), "elsewhere"));
    const unknown = await deploy("--take-over");
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /only elsewhere can tell[^]*If you know that it is over: `pulumi cancel --stack/);
    assert.deepEqual(locks(), [lock]);

    fs.writeFileSync(lock, content);
    const taken = await deploy("--take-over");
    // The update itself begins, and its program refuses the settings.
    assert.equal(taken.status, 1);
    assert.match(taken.stdout + taken.stderr, /linnix:host = nowhere/);
    assert.doesNotMatch(taken.stderr, /If you know|Wait for its end/);
    assert.deepEqual(locks(), []);
  });
});
