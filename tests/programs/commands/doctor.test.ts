import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { gzipSync } from "node:zlib";

import { parseTar } from "nanotar";

import { lookDocument } from "../../../components/hosts/ec2/rollout/look-document";
import { linnixHome, projectFolder } from "../../../scripts/lib/home";
import { type RunResult, tryRun } from "../../../scripts/lib/run";
import { writeSession } from "../../../scripts/start/session";
import { freePorts } from "../../fixtures/free-ports";
import { inputs, isStatus, packed, view } from "../../fixtures/rolling";
import { packedCommand } from "../../fixtures/ssm-document";
import { SsmServer } from "../../fixtures/ssm-server";

let folder: string;
let ports: Record<string, number>;
const under = (name: string) => path.join(folder, name);
const home = () => linnixHome({ LINNIX_HOME: under("home") });
const program = (name: string, body: string): void => {
  fs.writeFileSync(under(name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
};

/** A secret in each place from which one could come. */
const planted = {
  apiToken: "planted-api-token-0123456789",
  webhook: "https://hooks.slack.com/services/T0PLANTED/B0PLANTED/plantedwebhook",
  registryPassword: "planted registry/pass+word",
  modelPassword: "plantedmodelpassword",
  signature: "plantedsignature",
  passphrase: "planted-passphrase",
  shellPassphrase: "planted-shell-passphrase",
  awsSecret: "planted/aws+secret/access0key",
  awsToken: "plantedsessiontoken",
  proxyPassword: "plantedproxypassword",
  misspelt: "planted-misspelt-token",
};
const model = `https://me:${planted.modelPassword}@models.test/a.gguf?sig=${planted.signature}`;

/** What may appear in none of a bundle's bytes: each secret, and the forms in which programs print it. */
function forbidden(secrets: Partial<typeof planted> = planted): string[] {
  const forms = Object.values(secrets).flatMap((secret) => {
    const last = secret.split("/").pop()!;
    return [secret, last, encodeURIComponent(secret), Buffer.from(secret).toString("base64").replace(/=+$/, "")];
  });
  return [...forms, "AKIAPLANTED"];
}

/** A stack that was started, on an engine and with a state that print every secret wherever they can. */
async function started(): Promise<void> {
  const [apiPort = 0, healthPort = 0, llamaPort = 0] = await freePorts(3);
  ports = { apiPort, healthPort, llamaPort };
  const configFile = path.join(home().root, "Pulumi.mine.yaml");
  fs.mkdirSync(home().root, { recursive: true });
  const settings = Object.entries({ ...ports, source: "sample" }).map(
    ([name, value]) => `  linnix:${name}: ${value}\n`,
  );
  const plain = `  linnix:model: ${model}\n  linnix:apiTokn: ${planted.misspelt}\n  linnix:apiToken: ${planted.apiToken}\n`;
  fs.writeFileSync(configFile, `config:\n${settings.join("")}`);
  fs.writeFileSync(under("own.yaml"), `config:\n${settings.join("")}${plain}`);
  fs.writeFileSync(home().passphrase, planted.passphrase);
  const secrets = Object.values(planted).flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64"),
    // A terminal's sequence in the middle, and a place where a line would be cut.
    `${secret.slice(0, 9)}\u001b[31m${secret.slice(9)}`,
    `${"x".repeat(390)}${secret}`,
  ]);
  fs.writeFileSync(under("log"), `${[...secrets, model, "a line that stays"].join("\n")}\n`);
  const container = {
    ...{ Name: "/linnix-mine-cognitod", RestartCount: 2, State: { Status: "running" }, Path: planted.apiToken },
    Config: { User: "0:0", Env: Object.entries(planted).map(([name, value]) => `${name}=${value}`), Cmd: [model] },
    HostConfig: { CapAdd: ["BPF"], Privileged: false },
    Mounts: [{ Type: "volume", Name: "v", Destination: "/x", Source: planted.passphrase }],
  };
  fs.writeFileSync(under("containers"), JSON.stringify([container]));
  const urn = "urn:pulumi:mine::linnix::docker:index/container:Container::host-cognitod";
  const resource = { type: "docker:index/container:Container", urn, inputs: planted, outputs: { ...planted, model } };
  fs.writeFileSync(under("export"), JSON.stringify({ deployment: { resources: [resource] } }));
  fs.writeFileSync(
    under("config"),
    JSON.stringify({
      "linnix:slackWebhook": { value: planted.webhook, secret: true },
      "linnix:registryPassword": { value: planted.registryPassword, secret: true },
      "linnix:model": { value: model, secret: false },
    }),
  );
  fs.writeFileSync(under("output"), JSON.stringify({ apiToken: planted.apiToken }));
  program(
    "pulumi",
    `case "$*" in version) echo v3.259.0; exit;; "stack output"*) f=output;; "stack export"*) f=export;; config*) f=config;; *) exit 1;; esac; cat "${folder}/$f"`,
  );
  const info = '{"CgroupVersion":"2","CgroupDriver":"systemd"}';
  program(
    "docker",
    `case "$*" in info*) echo '${info}';; version*|buildx*) echo 28.0.0;; logs*) cat "${folder}/log"; cat "${folder}/log" >&2;; *"--format"*) exit 1;; "container inspect"*) cat "${folder}/containers";; *) exit 1;; esac`,
  );
  writeSession(home(), {
    ...{ stack: "mine", configFile, engine: { kind: "existing", host: "unix:///nowhere" } },
    own: { file: under("own.yaml"), settings: {} },
    environment: { DOCKER_HOST: "unix:///nowhere" },
  });
}

/** Runs the command as npm does, in a shell with secrets. */
const run = (...args: string[]): Promise<RunResult> =>
  tryRun(process.execPath, ["scripts/bootstrap.mjs", "scripts/commands/doctor.ts", ...args], {
    cwd: projectFolder,
    env: {
      ...process.env,
      ...{ LINNIX_HOME: under("home"), INIT_CWD: folder, PATH: `${folder}:${process.env.PATH ?? ""}` },
      ...{ AWS_ACCESS_KEY_ID: "AKIAPLANTED000000000", AWS_SECRET_ACCESS_KEY: planted.awsSecret },
      // The session's variables take its place, so that only this shell has it.
      PULUMI_CONFIG_PASSPHRASE: planted.shellPassphrase,
      ...{ AWS_SESSION_TOKEN: planted.awsToken, no_proxy: "*", NO_PROXY: "*" },
      HTTPS_PROXY: `http://me:${planted.proxyPassword}@127.0.0.1:9`,
    },
  });

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-doctor-command-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

describe("npm run doctor", function () {
  it("puts no secret into a bundle, whatever the sources hold", async () => {
    await started();
    const { status, stdout, stderr } = await run("mine", "--bundle", "b.tar");
    // The settings file holds secrets in plain text and a misspelt key, which would stop a start.
    assert.equal(status, 1, stderr);
    assert.match(stdout, /^problem +settings +linnix:apiToken: is stored in plain text/m);
    const bytes = fs.readFileSync(under("b.tar"));
    assert.equal(fs.statSync(under("b.tar")).mode & 0o777, 0o600);
    for (const secret of forbidden()) {
      assert.ok(!bytes.toString("latin1").includes(secret), `the bundle has ${secret}`);
      assert.ok(!stdout.includes(secret) && !stderr.includes(secret), `the report has ${secret}`);
    }
  });

  it("puts what a report needs into a bundle", async () => {
    await started();
    await run("mine", "--bundle", "b.tar");
    const files = parseTar(fs.readFileSync(under("b.tar")));
    const text = (name: string): string => files.find((it) => it.name === name)?.text ?? assert.fail(name);
    assert.deepEqual(files.map(({ name }) => name).sort(), [
      ...["containers.json", "doctor.txt", "logs/cognitod.log", "logs/llama.log", "resources.json", "settings.json"],
      "versions.json",
    ]);
    assert.match(text("doctor.txt"), /^ok +engine +Docker 28\.0\.0, unix:\/\/\/nowhere, cgroup v2, driver systemd$/m);
    assert.equal((JSON.parse(text("settings.json")) as Record<string, unknown>)["linnix:apiToken"], "[secret]");
    assert.match(text("settings.json"), new RegExp(`"linnix:apiPort": "${ports.apiPort}"`));
    assert.match(text("settings.json"), /https:\/\/…@models\.test\/a\.gguf\?…/);
    assert.deepEqual(JSON.parse(text("resources.json")), {
      resources: [{ type: "docker:index/container:Container", name: "host-cognitod" }],
      pending: [],
    });
    const [container] = JSON.parse(text("containers.json")) as { variables: string[]; host: object }[];
    assert.deepEqual(
      [container!.variables.includes("apiToken"), container!.host],
      [true, { CapAdd: ["BPF"], Privileged: false }],
    );
    assert.match(text("logs/llama.log"), /a line that stays/);
    assert.match(text("versions.json"), /"docker": "28\.0\.0"/);
  });

  it("collects an EC2 stack's logs and status from its host, without secrets", async () => {
    await started();
    const server = new SsmServer();
    await server.start();
    server.documents.set(inputs.lookDocument, lookDocument("dev"));
    server.host.run = (script) => {
      if (isStatus(script)) return { stdout: packed(view) };
      const log = packedCommand(script) === "docker logs --tail 200 linnix-dev-llama 2>&1";
      return { stdout: gzipSync(log ? fs.readFileSync(under("log")) : "{}").toString("base64") };
    };
    const rollout = { type: "pulumi-nodejs:dynamic/linnix:Rollout", urn: "a::host-rollout", outputs: inputs };
    fs.writeFileSync(under("export"), JSON.stringify({ deployment: { resources: [rollout] } }));
    const config = JSON.parse(fs.readFileSync(under("config"), "utf8")) as Record<string, unknown>;
    const endpoints = JSON.stringify([{ ssm: server.url, ec2: server.url, sts: server.url }]);
    const keys = { "aws:accessKey": { value: "AKIAPLANTED000000000" }, "aws:secretKey": { value: planted.awsSecret } };
    // As passed by plain configuration, and not by the environment.
    const all = { ...config, ...keys, "aws:endpoints": { value: endpoints }, "aws:noProxy": { value: "*" } };
    fs.writeFileSync(under("config"), JSON.stringify(all));
    try {
      const { status, stdout, stderr } = await run("dev", "--bundle", "b.tar");
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /^ok +services +release release-2: cognitod healthy/m);
    } finally {
      await server.stop();
    }
    const bytes = fs.readFileSync(under("b.tar"));
    const log = parseTar(bytes).find(({ name }) => name === "logs/llama.log")?.text ?? "";
    assert.match(log, /a line that stays/);
    // Of the settings in the other stack's file, this one knows nothing.
    const { misspelt: _, ...own } = planted;
    for (const secret of forbidden(own))
      assert.ok(!bytes.toString("latin1").includes(secret), `the bundle has ${secret}`);
  });

  it("leaves the logs out of a bundle if the stack's secrets cannot be read, and says so", async () => {
    await started();
    fs.writeFileSync(under("config"), "no JSON");
    await run("mine", "--bundle", "b.tar");
    const files = parseTar(fs.readFileSync(under("b.tar")));
    assert.ok(!files.some(({ name }) => name.startsWith("logs/")));
    assert.match(files.find(({ name }) => name === "doctor.txt")?.text ?? "", /logs are left out/);
  });

  it("ends with 0 if nothing would stop a start, and with 1 and a remedy if something would", async () => {
    await started();
    fs.copyFileSync(path.join(home().root, "Pulumi.mine.yaml"), under("own.yaml"));
    const well = await run("mine");
    assert.deepEqual([well.status, /^problem/m.test(well.stdout)], [0, false], well.stdout);
    const server = net.createServer().listen(ports.apiPort, "127.0.0.1");
    const taken = await run("mine");
    server.close();
    assert.equal(taken.status, 1);
    assert.match(
      taken.stdout,
      new RegExp(`^problem +ports +linnix:apiPort = ${ports.apiPort}: is in use.*\n +→ end that`, "m"),
    );
  });

  it("refuses a bundle over a file, or in a folder that does not exist, with status 2, before it checks anything", async () => {
    fs.writeFileSync(under("taken"), "mine");
    for (const [name, expected] of [
      ["taken", /must be a file that does not exist yet/],
      ["no/folder.tar", /its folder .* does not exist/],
    ] as const) {
      const { status, stdout, stderr } = await run("--bundle", name);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, expected);
    }
    assert.equal(fs.readFileSync(under("taken"), "utf8"), "mine");
  });
});
