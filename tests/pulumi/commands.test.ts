import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import type { HealthReport } from "../../components/health/report";
import { projectFolder } from "../../scripts/lib/home";
import type { Changes } from "../../scripts/lib/pulumi";
import { type RunResult, tryRun } from "../../scripts/lib/run";
import { type OwnHome, ownHome } from "./own-home";
import { TestStack, removeStacks } from "./stack";

/** What `npm start -- --json` prints. */
interface Started {
  readonly changes: Changes;
  readonly health: HealthReport;
  readonly outputs: Record<string, unknown>;
  readonly seconds: number;
}

describe("the commands on a stack of one's own", function () {
  this.timeout(480_000);
  let stack: TestStack;
  let own: OwnHome;

  before("a home of its own, with this machine's tool chain and engine", async () => {
    stack = await TestStack.make("sample");
    own = ownHome(stack);
    // The base images that the runner chose; images set by name are used unchanged.
    stack.set({ bases: process.env.LINNIX_TEST_BASES === "{}" ? "registry" : "archive" });
  });
  after("nothing stays", removeStacks);

  const npm = (...args: string[]): Promise<RunResult> => own.npm(...args);
  const start = (): Promise<RunResult> => own.start();

  it("npm start --json prints one JSON document, the rest goes to standard error", async () => {
    const { status, stdout, stderr } = await start();
    assert.equal(status, 0, stderr);
    const { changes, health, outputs, seconds } = JSON.parse(stdout) as Started;
    assert.ok((changes.create ?? 0) > 0);
    assert.equal(health.healthy, true);
    assert.deepEqual(outputs.health, health);
    assert.equal("apiToken" in outputs, false);
    assert.ok(seconds > 0);
    assert.match(stderr, /pulumi up/);
  });

  it("npm start again changes nothing", async () => {
    const { status, stdout } = await start();
    assert.equal(status, 0);
    assert.deepEqual(Object.keys((JSON.parse(stdout) as Started).changes), ["same"]);
  });

  it("npm run status tells the health of now, and ends with 1 when there is none", async () => {
    const healthy = await npm("-s", "run", "status", "--", stack.name, "--json");
    assert.equal(healthy.status, 0, healthy.stderr);
    const report = JSON.parse(healthy.stdout) as HealthReport;
    assert.deepEqual([report.healthy, report.cognitod.status, report.llama.status], [true, "healthy", "healthy"]);

    await stack.docker("stop", stack.on("llama"));
    const broken = await npm("-s", "run", "status", "--", stack.name, "--json");
    assert.equal(broken.status, 1);
    assert.equal((JSON.parse(broken.stdout) as HealthReport).llama.status, "unhealthy");
  });

  it("npm start heals what was stopped", async () => {
    const { status, stdout, stderr } = await start();
    assert.equal(status, 0, stderr);
    assert.equal((JSON.parse(stdout) as Started).health.healthy, true);
  });

  it("bad input ends with 2, and says what to do on standard error only", async () => {
    stack.set({ apiPort: 80 });
    const settings = await start();
    const argument = await npm("-s", "start", "--", "--no-such-argument");
    stack.restore();
    for (const { status, stdout, stderr } of [settings, argument]) {
      assert.equal(status, 2, stderr);
      assert.equal(stdout, "");
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
    assert.match(settings.stderr, /linnix:apiPort = 80/);
    assert.match(argument.stderr, /--no-such-argument/);
  });

  it("an image that can't be built ends with 1, and with what the compiler says", async () => {
    const source = path.join(stack.folder, "broken-source");
    const sample = path.join(projectFolder, "sample", "daemon");
    const filter = (from: string) => from !== path.join(sample, "target");
    fs.cpSync(sample, source, { recursive: true, filter });
    fs.appendFileSync(path.join(source, "cognitod", "src", "main.rs"), "\nfn unfinished( {}\n");
    stack.set({ source });
    const { status, stdout, stderr } = await start();
    stack.restore();
    assert.equal(status, 1, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /The build of cognitod failed[^]*fn unfinished\([^]*What ran before still runs/);
    assert.doesNotMatch(stderr, /The build of llama failed/);
  });

  it("a failed command ends with 1", async () => {
    const { status, stdout, stderr } = await npm("-s", "run", "status", "--", "never-started");
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /never-started was not started.*npm start/);
  });

  it("npm stop destroys the stack and keeps its volumes", async () => {
    const { status, stderr } = await npm("-s", "stop", "--", stack.name);
    assert.equal(status, 0, stderr);
    assert.deepEqual(await stack.onEngine("container"), []);
    assert.deepEqual(await stack.onEngine("network"), []);
    assert.deepEqual(await stack.onEngine("volume"), [stack.on("data"), stack.on("log")]);
  });

  it("none of them leaves a file in the checkout", async () => {
    const left = fs.readdirSync(projectFolder).filter((name) => name.includes(stack.name));
    assert.deepEqual(left, []);
    const { stdout } = await tryRun("git", ["status", "--short", "--", "Pulumi.local.yaml", "Pulumi.yaml"], {
      cwd: projectFolder,
    });
    assert.equal(stdout, "");
  });
});
