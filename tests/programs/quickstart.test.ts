import assert from "node:assert/strict";
import * as fs from "node:fs";

import { localServices } from "../../components/hosts/local/plan";
import { composeFile } from "../../components/services/render/compose";
import { inOrder } from "../../components/services/stack-services";
import type { RawSettings } from "../../components/settings/validate";
import { canRun } from "../../scripts/lib/requirements";
import { tryRun } from "../../scripts/lib/run";
import { quickstartScript } from "../../scripts/quickstart/script";
import { localRenderings } from "../../scripts/render/renderings";
import { QuickstartMachine, type Run } from "../fixtures/quickstart-machine";
import { settingsOf } from "../fixtures/settings";

const digest = `sha256:${"0".repeat(64)}`;
const images = { cognitod: `ghcr.io/me/cognitod@${digest}`, llama: `ghcr.io/me/llama@${digest}` };
const settings = (raw: RawSettings = {}) => settingsOf({ images, ...raw }, { stack: "local" });

/** What was said to a person: the rows, without the columns' spaces. */
const rows = ({ stderr }: Run): string[] => stderr.split("\n").map((line) => line.replace(/ +/g, " ").trim());

describe("quickstart.sh", function () {
  let machine: QuickstartMachine;
  beforeEach(() => {
    machine = new QuickstartMachine();
  });
  afterEach(() => {
    machine.remove();
  });

  const compose = (raw: RawSettings = {}) => composeFile(inOrder(localServices(settings(raw))), images);
  const script = (raw: RawSettings = {}) => {
    const files = { "docker-compose.yaml": compose(raw) };
    return quickstartScript(settings(raw), localServices(settings(raw)), files, machine);
  };
  const start = (raw: RawSettings = {}, ...args: string[]) => {
    const result = machine.run(script(raw), ...args);
    assert.equal(machine.seen("unexpected"), "");
    return result;
  };
  const token = () => /^LINNIX_API_TOKEN=([0-9a-f]{64})$/m.exec(fs.readFileSync(machine.file(".env"), "utf8"))?.[1];
  const isWritten = (name: string) => fs.existsSync(machine.file(name));

  /** Failed, with this reason and this remedy as the last lines. */
  function failed(result: Run, reason: RegExp, remedy: RegExp): void {
    assert.equal(result.status, 1, result.stderr);
    assert.match(result.stderr, reason);
    assert.match(result.stderr.trimEnd().split("\n").at(-1)!, remedy);
  }

  it("starts jobs and services in their order, and prints progress and the first insight", () => {
    const result = start();
    assert.equal(result.status, 0, result.stderr);
    const wanted = [
      /^docker compose pull$/,
      /^docker compose up -d --no-deps linnix-local-preflight linnix-local-model$/,
      /^docker wait linnix-local-preflight$/,
      /^docker logs --follow --since \S+Z linnix-local-model$/,
      /^docker wait linnix-local-model$/,
      /^docker compose up -d --no-deps linnix-local-owner$/,
      /^docker wait linnix-local-owner$/,
      /^docker compose up -d --no-deps linnix-local-cognitod linnix-local-llama$/,
      /^curl /,
    ];
    const calls = machine.calls();
    const places = wanted.map((pattern) => calls.findIndex((call) => pattern.test(call)));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
      calls.join("\n"),
    );
    assert.ok(!places.includes(-1), calls.join("\n"));
    for (const row of ["model 1 of 2 bytes, 50 %, 1 bytes/s", "cognitod healthy", "llama healthy", "compose 2.26.1"])
      assert.ok(rows(result).includes(row), `${row}: ${result.stderr}`);
    assert.match(
      result.stdout,
      /^\nFirst insight:\n {2}All "quiet", no.* fork storm\.\n\napi +http:\/\/127\.0\.0\.1:3000 /,
    );
  });

  it("writes the compose file, and the token for its owner only", () => {
    start();
    assert.equal(
      fs.readFileSync(machine.file("docker-compose.yaml"), "utf8"),
      `# Written by quickstart.sh, which replaces it.\n${compose()}`,
    );
    assert.equal(fs.statSync(machine.file(".env")).mode & 0o777, 0o600);
    assert.notEqual(token(), undefined);
    assert.deepEqual(fs.readdirSync(machine.folder).sort(), [".env", "docker-compose.yaml", "quickstart.sh"]);
  });

  it("stops a cognitod with another user before its files get another owner, and no other one", () => {
    machine.set("user", "0:0\n");
    const result = start({ cognitodUser: "cognitod" });
    assert.equal(result.status, 0, result.stderr);
    const calls = machine.calls();
    const stop = calls.indexOf("docker stop linnix-local-cognitod");
    const order = [
      calls.indexOf("docker wait linnix-local-model"),
      stop,
      calls.indexOf("docker wait linnix-local-owner"),
    ];
    assert.ok(
      order.every((place, index) => place > (order[index - 1] ?? -1)),
      calls.join("\n"),
    );
    machine.set("user", "65531:65531\n");
    assert.equal(start({ cognitodUser: "cognitod" }).status, 0);
    assert.ok(!machine.calls().includes("docker stop linnix-local-cognitod"));
  });

  it("passes the token to curl without naming it in a command or printing it", () => {
    const { stdout, stderr } = start();
    assert.equal(machine.seen("curl-input"), `header = "Authorization: Bearer ${token() ?? ""}"\n`);
    for (const text of [stdout, stderr, ...machine.calls()]) assert.ok(!text.includes(token()!), text);
  });

  it("keeps the token in a second run, pulls nothing, and needs no room for the model", () => {
    start();
    const [first] = [token(), machine.calls()];
    fs.appendFileSync(machine.file(".env"), "COMPOSE_PROJECT_NAME=mine");
    fs.chmodSync(machine.file(".env"), 0o644);
    machine.set("free-kib", "1024");
    const result = start();
    assert.equal(result.status, 0, result.stderr);
    assert.equal(token(), first);
    assert.match(fs.readFileSync(machine.file(".env"), "utf8"), /^COMPOSE_PROJECT_NAME=mine$/m);
    assert.equal(fs.statSync(machine.file(".env")).mode & 0o777, 0o600);
    assert.ok(!machine.calls().includes("docker compose pull"));
    assert.ok(rows(result).includes("token kept, in .env"));
  });

  it("adds the token to settings of somebody's own, on a line of its own", () => {
    fs.writeFileSync(machine.file(".env"), "LINNIX_API_TOKEN=\nOTHER=1");
    assert.equal(start().status, 0);
    assert.match(
      fs.readFileSync(machine.file(".env"), "utf8"),
      /^LINNIX_API_TOKEN=\nOTHER=1\nLINNIX_API_TOKEN=[0-9a-f]{64}\n$/,
    );
  });

  it("writes nothing where docker is missing, or does not answer", () => {
    machine.set("no-engine", "");
    failed(start(), /^docker +does not answer: Cannot connect\n +start it/m, /fix it, and run this again/);
    machine.uninstall("docker");
    failed(start(), /^docker +is missing\n +install Docker Engine/m, /fix it, and run this again/);
    assert.ok(!isWritten(".env") && !isWritten("docker-compose.yaml"));
  });

  it("goes on degraded without BTF, and refuses that only if the stack requires eBPF", () => {
    fs.rmSync(machine.btf);
    machine.set("preflight-status", "1");
    machine.set("cognitod", "running unhealthy 0");
    machine.set("live", "");
    const result = start();
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stderr, /^kernel +6\.1\.0 has no BTF at .*: cognitod will be degraded/m);
    const required = machine.run(script({ requireKernelInstrumentation: true }));
    failed(required, /^kernel +6\.1\.0 has no BTF at .*, which the stack requires$/m, /fix it/);
  });

  it("tells what the kernel lacks, and goes on degraded as the local stack does", () => {
    machine.set("preflight-status", "1");
    machine.set(
      "preflight-log",
      '{"checks":{"btf":{"ok":true},"psi":{"ok":false,"remedy":"no psi"},"kprobe":{"ok":false,"detail":"x","errno":"ENOENT","remedy":"this kernel has no kprobes"}}}',
    );
    machine.set("cognitod", "running unhealthy 0");
    machine.set("live", "");
    const result = start();
    assert.equal(result.status, 0, result.stderr);
    const all = rows(result);
    assert.ok(all.includes("preflight kprobe: this kernel has no kprobes") && all.includes("cognitod degraded"));
    assert.ok(!result.stderr.includes("no psi"), "not required");
  });

  it("starts no service on such a kernel if the stack requires eBPF", () => {
    machine.set("preflight-status", "1");
    const result = start({ requireKernelInstrumentation: true });
    failed(result, /^This kernel cannot run/m, /boot another kernel/);
    assert.ok(!machine.calls().some((call) => call.includes("linnix-local-llama")));
  });

  it("does not take an unhealthy cognitod for a degraded one where the kernel is fine", () => {
    machine.set("cognitod", "running unhealthy 0");
    machine.set("live", "");
    failed(
      start({ healthTimeout: 10 }),
      /^linnix-local-cognitod is not healthy after 10 s/m,
      /docker logs linnix-local-cognitod/,
    );
  });

  it("gives up on a service that does not become healthy, with its last lines", () => {
    machine.set("llama", "running starting 0");
    const result = start({ healthTimeout: 60 });
    failed(
      result,
      /^linnix-local-llama is not healthy after 60 s; its last lines are above\.$/m,
      /docker logs linnix-local-llama/,
    );
    assert.match(result.stderr, /^ {4}one\n {4}\[31mport taken$/m);
    assert.equal(machine.seen("sleeps"), "3\n".repeat(20));
    assert.ok(rows(result).includes("llama starting; waiting for 30 s at most"));
  });

  for (const [state, reason] of [
    ["exited none 0", "exited"],
    ["restarting starting 4", "restarted again and again \\(4 times\\)"],
  ]) {
    it(`does not wait for a service that is ${state}`, () => {
      machine.set("cognitod", state!);
      failed(start(), new RegExp(`^linnix-local-cognitod is ${reason};`, "m"), /docker logs linnix-local-cognitod/);
      assert.equal(machine.seen("sleeps"), "");
    });
  }

  it("ends with the model's own message if it cannot be fetched, before a service starts", () => {
    machine.set("model-status", "1");
    machine.set("model-log", "fetch-model: https://x can't be downloaded\n");
    const result = start();
    failed(result, /^linnix-local-model ended with exit status 1/m, /run this again/);
    assert.ok(rows(result).includes("model https://x can't be downloaded"));
    assert.ok(!machine.calls().some((call) => call.includes("linnix-local-llama")));
  });

  it("names the registry to log in to if the images cannot be pulled", () => {
    machine.set("no-network", "");
    failed(start(), /^The images cannot be pulled/m, /docker login ghcr\.io$/);
  });

  it("works with docker-compose 1.29, without the key that it does not know", () => {
    machine.installDockerCompose("1.29.2");
    const result = start();
    assert.equal(result.status, 0, result.stderr);
    assert.ok(machine.calls().includes("docker-compose pull"));
    const written = fs.readFileSync(machine.file("docker-compose.yaml"), "utf8");
    assert.equal(written.replace(/^#.*\n/, ""), compose().replaceAll("    cgroup: host\n", ""));
    assert.match(result.stdout, /docker-compose down$/m);
    // Its own file is known again.
    assert.equal(start().status, 0);
  });

  it("works with a docker-compose 2 of its own", () => {
    machine.installDockerCompose("v2.30.1");
    assert.equal(start().status, 0);
    assert.match(fs.readFileSync(machine.file("docker-compose.yaml"), "utf8"), /cgroup: host/);
  });

  it("refuses an older compose, and none", () => {
    machine.installDockerCompose("1.25.0");
    failed(start(), /^compose +1\.25\.0\n +install docker compose 2/m, /fix it/);
    machine.uninstall("docker-compose");
    failed(start(), /^compose +is missing$/m, /fix it/);
    assert.ok(!isWritten(".env"));
  });

  it("refuses a disk without room for images and model, and warns of too little memory", () => {
    machine.set("free-kib", String(2048 * 1024));
    fs.writeFileSync(machine.meminfo, "MemAvailable: 1048576 kB\n");
    const result = start();
    failed(result, /^disk +2048 MiB are free in \., and 3124 are needed$/m, /fix it/);
    assert.match(result.stderr, /^memory +1024 MiB are available; the services may use 4608/m);
  });

  it("does not touch a compose file that it did not write", () => {
    fs.writeFileSync(machine.file("docker-compose.yaml"), "services: {}\n");
    failed(start(), /docker-compose\.yaml was not written by this script/, /a folder of its own/);
    assert.equal(fs.readFileSync(machine.file("docker-compose.yaml"), "utf8"), "services: {}\n");
    assert.ok(!isWritten(".env"));
  });

  it("asks for the secrets that it cannot make", () => {
    const raw = { llm: "https://llm.example/v1", llmApiKey: { secure: "x" }, images: { cognitod: images.cognitod } };
    const all = localRenderings(settings(raw), ["api-token", "llm-api-key"]);
    const text = all.quickstart!().replace("btf=/sys/kernel/btf/vmlinux", `btf=${machine.btf}`);
    failed(machine.run(text), /^OPENAI_API_KEY is not in .*\.env/m, /add a line OPENAI_API_KEY=/);
  });

  it("runs without an insight where there is no curl, no answer, an error of the model, or no model", () => {
    machine.set("insight", '{"timestamp":1,"summary":"LLM API error: 500"}');
    assert.match(start().stderr, /^insight +none yet/m);
    machine.set("no-insight", "");
    const slow = start();
    assert.deepEqual([slow.status, slow.stdout.includes("First insight")], [0, false]);
    machine.uninstall("curl");
    assert.match(start().stderr, /^insight +left out: curl is missing$/m);
    assert.match(script({ llm: "none", images: { cognitod: images.cognitod } }), /^insight=false$/m);
  });

  it("prints its purpose with --help, and refuses anything else", () => {
    const help = start({}, "--help");
    assert.deepEqual([help.status, help.stderr], [0, ""]);
    assert.match(help.stdout, /^Starts Linnix from published images/);
    const wrong = start({}, "down");
    assert.deepEqual([wrong.status, wrong.stdout, wrong.stderr], [2, "", "down: is not an option; allowed: --help\n"]);
    assert.deepEqual(machine.calls(), []);
  });

  it("is a POSIX script without a finding of shellcheck", async function () {
    const file = machine.file("rendered.sh");
    fs.writeFileSync(file, script({ apiToken: { secure: "x" } }));
    assert.equal((await tryRun("sh", ["-n", file])).status, 0);
    if (!(await canRun("shellcheck"))) this.skip();
    const { status, stdout } = await tryRun("shellcheck", ["--shell=sh", "--severity=style", file]);
    assert.equal(status, 0, stdout);
  });

  it("keeps a file whole that has the line at which a text ends in the script", () => {
    const files = { "docker-compose.yaml": "a: 1\nEND_OF_FILE\nb: $x\n" };
    machine.run(quickstartScript(settings(), localServices(settings()), files, machine));
    assert.match(fs.readFileSync(machine.file("docker-compose.yaml"), "utf8"), /\na: 1\nEND_OF_FILE\nb: \$x\n$/);
  });
});

describe("the rendering quickstart", () => {
  it("is that of a local stack with published images", () => {
    assert.ok(Object.keys(localRenderings(settings(), ["api-token"])).includes("quickstart"));
    const built = settingsOf({}, { stack: "local" });
    assert.ok(!Object.keys(localRenderings(built, ["api-token"])).includes("quickstart"));
  });

  it("is left out where a configuration file would hold a secret", () => {
    const withSlack = settings({ slackWebhook: { secure: "x" } });
    assert.ok(!Object.keys(localRenderings(withSlack, ["api-token", "slack-webhook"])).includes("quickstart"));
  });

  it("writes configuration files of the stack, too", () => {
    const text = localRenderings(settings({ cognitodConfig: { psi: { sustained_pressure_seconds: 30 } } }), [
      "api-token",
    ]);
    assert.match(text.quickstart!(), /\twrite linnix\.toml <<'END_OF_FILE'\n[^]*sustained_pressure_seconds = 30/);
    assert.match(text.quickstart!(), /^jobs='linnix-local-preflight linnix-local-config linnix-local-model'$/m);
  });
});
