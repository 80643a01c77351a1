import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import { upstreamModel } from "../../../components/settings/model/resolve";
import { upstreamRepository } from "../../../components/settings/resolve";
import { choose, chooseUser } from "../../../scripts/start/choices";
import { tinyModelFile } from "../../../scripts/start/sample-model";
import { linnixHome, projectFolder } from "../../../scripts/lib/home";
import { freeBytes, fullDisk, takenPorts, unsupportedSystem } from "../../../scripts/start/preconditions";
import { type RunResult, tryRun } from "../../../scripts/lib/run";
import { readStackFile, writeStackFile } from "../../../scripts/lib/stack-file";
import type { Settings } from "../../../components/settings/types";
import { settingsOf } from "../../fixtures/settings";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-commands-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
};

/** Runs one of the commands as npm does. */
function command(script: string, ...args: string[]): Promise<RunResult> {
  return tryRun(process.execPath, ["scripts/bootstrap.mjs", `scripts/commands/${script}.ts`, ...args], {
    cwd: projectFolder,
    env: { ...process.env, LINNIX_HOME: path.join(folder, "home"), INIT_CWD: folder },
  });
}

describe("npm run check", function () {
  for (const stack of ["local", "dev", "prod"]) {
    it(`finds no fault in this repository's stack ${stack}`, async () => {
      const { status, stdout } = await command("check", stack);
      assert.deepEqual([status, stdout.includes("all valid")], [0, true]);
    });
  }

  it("judges the one setting that is the AWS provider's, and no other of its", async () => {
    write("ec2.yaml", "config:\n  linnix:host: ec2\n  aws:region: us-east-11\n  aws:profile: me\n");
    const { status, stderr } = await command("check", "./ec2.yaml");
    assert.equal(status, 2);
    assert.match(stderr, /^aws:region = us-east-11: .*us-east-1\?\n {4}pulumi config set aws:region us-east-1 /m);
    assert.ok(!stderr.includes("profile"));
  });

  it("judges an EC2 host by what goes together, and by its stack's name where the file has it", async () => {
    const text = "config:\n  linnix:host: ec2\n  aws:region: us-east-1\n  linnix:source: sample\n";
    write("my_case.yaml", text);
    write("Pulumi.my_stack.yaml", text);
    const [guessed, named] = await Promise.all([
      command("check", "./my_case.yaml"),
      command("check", "./Pulumi.my_stack.yaml"),
    ]);
    for (const { status, stderr } of [guessed, named]) {
      assert.equal(status, 2);
      assert.match(stderr, /^linnix:source = sample: is a stand-in/m);
    }
    assert.ok(!guessed.stderr.includes("stack ="));
    assert.match(named.stderr, /^stack = my_stack: /m);
  });

  it("tells every fault at once on standard error, with status 2", async () => {
    write("bad.yaml", "config:\n  linnix:apiPort: 1\n  linnix:sorce: x\n  linnix:apiToken: in-plain-text-0123\n");
    const { status, stdout, stderr } = await command("check", "./bad.yaml");
    assert.deepEqual([status, stdout], [2, ""]);
    for (const expected of [/linnix:apiPort = 1/, /linnix:sorce = x/, /linnix:apiToken: is stored in plain text/])
      assert.match(stderr, expected);
    assert.ok(!stderr.includes("in-plain-text-0123"));
  });

  const unreadable: [string, string, RegExp][] = [
    ["is not there", "nowhere.yaml", /does not exist/],
    ["is no YAML", "broken.yaml", /not valid YAML/],
    ["holds a list", "list.yaml", /must be a map/],
  ];
  for (const [what, name, expected] of unreadable) {
    it(`refuses a file that ${what}`, async () => {
      write("broken.yaml", "config: [unclosed");
      write("list.yaml", "- 1\n");
      const { status, stderr } = await command("check", `./${name}`);
      assert.equal(status, 2);
      assert.match(stderr, expected);
    });
  }

  it("names the stacks that there are, for one that isn't", async () => {
    assert.match((await command("check", "prodd")).stderr, /one of the stacks .*local/);
  });
});

describe("npm run render", function () {
  it("prints the same graph each time, without engine, network or state", async () => {
    const [first, second] = await Promise.all([command("render", "local"), command("render", "local")]);
    assert.equal(first.status, 0, first.stderr);
    assert.equal(first.stdout, second.stdout);
    const graph = JSON.parse(first.stdout) as { resources: { type: string }[]; outputs: object };
    assert.ok(graph.resources.length > 10);
    assert.ok(Object.keys(graph.outputs).includes("health"));
    assert.ok(!fs.existsSync(path.join(folder, "home")));
  });

  it("prints each file by name, and names them for another", async () => {
    const { status, stderr } = await command("render", "local", "--file", "user-data");
    assert.equal(status, 2);
    const names = /available: (.*)$/m.exec(stderr)?.[1]?.split(", ") ?? [];
    assert.deepEqual(names.sort(), ["cognitod", "compose", "llama", "model", "owner", "preflight"]);
    assert.match((await command("render", "local", "--file", "compose")).stdout, /^services:/);
  });
});

describe("npm start, status, env and stop", function () {
  it("say what to do where nothing was started", async () => {
    for (const script of ["status", "env"]) {
      const { status, stdout, stderr } = await command(script);
      assert.deepEqual([status, stdout], [1, ""], script);
      assert.match(stderr, /npm start/);
    }
    assert.equal((await command("stop")).status, 0);
  });

  it("leave a stack on EC2 to plain pulumi", async () => {
    const { status, stdout, stderr } = await command("start", "--stack", "dev");
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^stack = dev: runs on EC2[^]*pulumi up --stack dev/m);
  });

  it("reject unknown arguments with status 2 on standard error, and print help with status 0 on standard output", async () => {
    const [wrong, help] = await Promise.all([command("status", "--jsno"), command("status", "--help")]);
    assert.deepEqual([wrong.status, wrong.stdout], [2, ""]);
    assert.match(wrong.stderr, /--jsno[^]*npm run status/);
    assert.deepEqual([help.status, help.stderr], [0, ""]);
    assert.match(help.stdout, /^npm run status -- \[stack\] \[--json\] \[--once\]\n/);
  });
});

describe("a choice", () => {
  const home = () => linnixHome({ LINNIX_HOME: folder });
  const reach = (there: boolean) => () => Promise.resolve(there);

  it("is upstream if it is reachable", async () => {
    const { settings, choices } = await choose({ apiPort: 1 }, home(), reach(true));
    assert.deepEqual(settings, { apiPort: 1, source: "upstream", model: "upstream" });
    assert.deepEqual(
      choices.map(({ setting, value }) => [setting, value]),
      [
        ["source", "upstream"],
        ["model", "upstream"],
      ],
    );
  });

  it("is the sample if upstream is not reachable, with the reason, and the tiny model's file is written", async () => {
    const { settings, choices } = await choose({ source: "auto", model: "auto" }, home(), reach(false));
    assert.deepEqual([settings.source, settings.model], ["sample", tinyModelFile(home())]);
    assert.ok(fs.existsSync(tinyModelFile(home())));
    for (const { because } of choices) assert.match(because, /not reachable/);
  });

  it("depends on each one's own address", async () => {
    const onlyModel = (url: string) => Promise.resolve(url === upstreamModel);
    const { choices } = await choose({}, home(), onlyModel);
    assert.deepEqual(
      choices.map(({ value, because }) => [value, because]),
      [
        ["sample", `${upstreamRepository} is not reachable`],
        ["upstream", `${upstreamModel} is reachable`],
      ],
    );
  });

  it("stays upstream while the network is down", async () => {
    const { settings } = await choose({}, home(), reach(false), { source: "upstream", model: "upstream" });
    assert.deepEqual([settings.source, settings.model], ["upstream", "upstream"]);
  });

  it("is not made for a setting that has a value, and nothing is probed", async () => {
    const probe = () => Promise.reject(new Error("must not be called"));
    const { choices } = await choose({ source: "sample", model: "upstream" }, home(), probe);
    assert.deepEqual(choices, []);
  });
});

describe("cognitod's user in the embedded engine", () => {
  const never = () => {
    throw new Error("must not be called");
  };

  it("is its own where trace events are open to its group, else root, with the reason", () => {
    assert.deepEqual(
      [true, false].map((open) => chooseUser({}, () => open)?.value),
      ["cognitod", "root"],
    );
    assert.match(chooseUser({ cognitodUser: "auto" }, () => false)?.because ?? "", /not open to its group.*doctor/);
  });

  it("is root with SYS_ADMIN, and not chosen where the setting has a value", () => {
    assert.equal(chooseUser({ privileges: "sysadmin" }, never)?.value, "root");
    for (const cognitodUser of ["root", "cognitod"]) assert.equal(chooseUser({ cognitodUser }, never), undefined);
  });
});

describe("before anything is touched", () => {
  it("refuses a system other than Linux, whose engine is in a virtual machine with another network", () => {
    assert.deepEqual(unsupportedSystem("linux"), []);
    for (const [system, name] of [
      ["darwin", "macOS"],
      ["win32", "win32"],
    ]) {
      const [fault] = unsupportedSystem(system);
      assert.equal(fault?.value, name);
      assert.match(fault?.remedy ?? "", /a Linux machine, or in a Linux virtual machine/);
    }
  });

  const settings = (port: number): Settings =>
    settingsOf({ apiPort: port, healthPort: port === 40001 ? 40002 : 40001, llamaPort: 40003 }, { stack: "t" });

  /** A docker that knows one container of the stack, with this port. */
  const docker = (port: number) => {
    fs.writeFileSync(
      path.join(folder, "docker"),
      `#!/bin/sh\necho 'true ["LINNIX_LISTEN_ADDR=127.0.0.1:${port}"] []'\n`,
      { mode: 0o755 },
    );
    return { PATH: `${folder}:${process.env.PATH ?? ""}` };
  };

  it("a port that another program holds is named, one that the stack's own container holds is not", async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    try {
      const faults = await takenPorts(settings(port), docker(1));
      assert.deepEqual(
        faults.map(({ key, value }) => [key, value]),
        [["linnix:apiPort", String(port)]],
      );
      assert.match(faults[0]!.remedy, new RegExp(`${port}.*config set linnix:apiPort`));
      assert.deepEqual(await takenPorts(settings(port), docker(port)), []);
    } finally {
      server.close();
    }
  });

  for (const taken of ["apiPort", "healthPort", "llamaPort"]) {
    it(`finds a taken ${taken} by its own setting`, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        const { port } = server.address() as { port: number };
        const ports = { apiPort: 40001, healthPort: 40002, llamaPort: 40003, [taken]: port };
        const faults = await takenPorts(settingsOf(ports, { stack: "t" }), docker(1));
        assert.deepEqual(
          faults.map(({ key, value }) => [key, value]),
          [[`linnix:${taken}`, String(port)]],
        );
      } finally {
        server.close();
      }
    });
  }

  it("too little disk is named with what is needed", () => {
    assert.deepEqual(fullDisk("/x", 2e9, 3e9), []);
    const [fault] = fullDisk("/x", 2e9, 1e9);
    assert.match(`${fault?.value ?? ""} ${fault?.problem ?? ""}`, /1\.0 GB.*2\.0 GB/);
    // Of the folder that will contain it; other programs write meanwhile.
    const { bavail, bsize } = fs.statfsSync(folder);
    const free = freeBytes(path.join(folder, "not", "yet"));
    assert.ok(Math.abs(free - bavail * bsize) < 1e9, `${free} of ${bavail * bsize}`);
  });
});

describe("a settings file for Pulumi", () => {
  it("keeps other programs' settings and the salt that Pulumi added", () => {
    const file = path.join(folder, "Pulumi.t.yaml");
    writeStackFile(file, { config: { "other:key": 1 } }, { source: "sample" }, "header");
    fs.appendFileSync(file, "");
    const text = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, text.replace(/\}\s*$/, ', "encryptionsalt": "v1:salt"}'));
    writeStackFile(
      file,
      { config: { "other:key": 1, "aws:region": "eu-west-1" } },
      { source: "upstream", "aws:region": "us-east-1" },
      "two\nlines",
    );
    const { raw, whole, stack } = readStackFile(file);
    assert.deepEqual([stack, whole.encryptionsalt], ["t", "v1:salt"]);
    assert.deepEqual(raw, { source: "upstream", "aws:region": "us-east-1" });
    assert.deepEqual(whole.config, { "other:key": 1, "linnix:source": "upstream", "aws:region": "us-east-1" });
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(fs.readdirSync(folder), ["Pulumi.t.yaml"]);
  });
});
