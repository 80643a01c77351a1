import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import * as readline from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

import { linnixHome, projectFolder } from "../../../scripts/lib/home";
import { writeSession } from "../../../scripts/start/session";

const token = "token-of-the-dashboard-tests";
let folder: string;
let service: http.Server;
let port: number;
/** What the stub of `pulumi` prints, by the words of the command. */
let state: Record<string, unknown>;

const under = (name: string) => path.join(folder, name);

function program(name: string, body: string): void {
  fs.writeFileSync(under(name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-dashboard-"));
  service = http.createServer((request, response) => {
    response
      .writeHead(request.headers.authorization === `Bearer ${token}` ? 200 : 401)
      .end(`page ${request.url ?? ""}`);
  });
  service.listen(0, "127.0.0.1");
  await once(service, "listening");
  ({ port } = service.address() as AddressInfo);
  state = {
    "stack output": { apiToken: token, endpoints: { api: `http://127.0.0.1:${port}` } },
    config: { "aws:accessKey": { value: "AKIATEST" }, "aws:secretKey": { value: "x" } },
    "stack export": {
      deployment: {
        resources: [
          {
            type: "pulumi-nodejs:dynamic/linnix:Rollout",
            outputs: {
              instanceId: "i-0123456789abcdef0",
              region: "eu-west-1",
              lookDocument: "linnix-dev-look",
              changeDocument: "linnix-dev-change",
            },
          },
        ],
      },
    },
  };
  program(
    "pulumi",
    `case "$*" in "stack output"*) f=stack-output;; "stack export"*) f=stack-export;; config*) f=config;; esac; cat "${folder}/$f"`,
  );
  program("aws", `exec "${process.execPath}" "${path.join(projectFolder, "tests/fixtures/stub-aws.mjs")}" "$@"`);
});
afterEach(() => {
  service.closeAllConnections();
  service.close();
  fs.rmSync(folder, { recursive: true });
});

interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly stderr: Promise<string>;
  readonly exited: Promise<unknown[]>;
}

/** Runs the command as npm does, in a process group like a terminal's. */
function dashboard(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  for (const [name, value] of Object.entries(state))
    fs.writeFileSync(under(name.replace(" ", "-")), JSON.stringify(value));
  const child = spawn(process.execPath, ["scripts/bootstrap.mjs", "scripts/commands/dashboard.ts", ...args], {
    cwd: projectFolder,
    env: {
      ...process.env,
      ...{ LINNIX_HOME: under("home"), STUB_AWS_LOG: under("log"), PATH: `${folder}:${process.env.PATH ?? ""}` },
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  return { child, stderr: text(child.stderr), exited: once(child, "close") };
}

/** Makes a local stack's session. */
function started(stack: string): void {
  const home = linnixHome({ LINNIX_HOME: under("home") });
  const engine = { kind: "existing", host: "" } as const;
  writeSession(home, { stack, configFile: "", engine, environment: {} });
}

/** The address that the command prints. */
async function addressOf({ child, stderr }: Running): Promise<string> {
  for await (const line of readline.createInterface({ input: child.stdout })) return line;
  assert.fail(`no address: ${await stderr}`);
}

/** The page, opened as a browser does it. */
async function open(address: string): Promise<[number, string]> {
  const entered = await fetch(address);
  const cookie = entered.headers.getSetCookie()[0]!.split(";")[0]!;
  const page = await fetch(new URL("/dashboard", address), { headers: { cookie } });
  return [page.status, await page.text()];
}

/** Ctrl-C. */
async function interrupt({ child, exited }: Running): Promise<unknown> {
  process.kill(-child.pid!, "SIGINT");
  return (await exited)[0];
}

describe("npm run dashboard", function () {
  it("opens a local stack's page until Ctrl-C, with status 0", async () => {
    started("mine");
    const running = dashboard(["mine"]);
    const address = await addressOf(running);
    assert.deepEqual(await open(address), [200, "page /dashboard"]);
    assert.equal(await interrupt(running), 0);
    assert.ok(!(await running.stderr).includes(token));
    // Its own file is not in the checkout; the message names where that was expected.
    assert.match(await running.stderr, /^settings .*Pulumi\.mine\.yaml/m);
    await assert.rejects(fetch(address), /fetch failed/);
  });

  it("opens an EC2 stack's page through Systems Manager, with the stack's credentials, and ends the session", async () => {
    const running = dashboard(["dev"]);
    assert.deepEqual(await open(await addressOf(running)), [200, "page /dashboard"]);
    assert.equal(await interrupt(running), 0);
    assert.match(await running.stderr, /^settings .*\/Pulumi\.dev\.yaml$/m);
    const log = fs.readFileSync(under("log"), "utf8");
    const parameters = `--document-name AWS-StartPortForwardingSession --parameters portNumber=${port}`;
    assert.equal(
      log,
      `ssm start-session --region eu-west-1 --target i-0123456789abcdef0 ${parameters} as AKIATEST\nended by SIGINT\n`,
    );
  });

  it("fails with the AWS CLI's own words when the session does not open", async () => {
    const running = dashboard(["dev"], { STUB_AWS_FAILS: "TargetNotConnected: i-0123456789abcdef0 is not connected." });
    assert.equal((await running.exited)[0], 1);
    assert.match(await running.stderr, /ended with status 255:\nTargetNotConnected/);
  });

  it("fails when cognitod does not accept the token, or does not answer", async () => {
    started("mine");
    state["stack output"] = { apiToken: "old", endpoints: { api: `http://127.0.0.1:${port}` } };
    const refused = dashboard(["mine"]);
    assert.deepEqual([(await refused.exited)[0], await text(refused.child.stdout)], [1, ""]);
    assert.match(await refused.stderr, /answers with status 401.*pulumi up --stack mine/);
    service.close();
    const silent = dashboard(["mine"]);
    assert.equal((await silent.exited)[0], 1);
    assert.match(await silent.stderr, /does not answer\. Run `npm run status -- mine`/);
  });

  it("rejects a stack that does not exist with status 2, and reports one that was not started", async () => {
    const [wrong, absent] = [dashboard(["nowhere"]), dashboard(["local"])];
    assert.equal((await wrong.exited)[0], 2);
    assert.match(await wrong.stderr, /^stack = nowhere: .*does not exist[^]*local/m);
    assert.equal((await absent.exited)[0], 1);
    assert.match(await absent.stderr, /npm start/);
  });
});
