import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type Bundle, pack } from "../../components/hosts/ec2/bundle/bundle";
import { type RunResult, tryRun } from "../../scripts/lib/run";
import { plain, userDataFiles } from "../fixtures/host-files";

/**
 * Stubs of the commands with which the bootstrap changes a machine. `$STUB` has the desired state, the bucket's object, and
 * the calls so far; a file of a stub's name makes the stub fail.
 */
const stub = `#!/bin/sh
name=$(basename "$0")
echo "$name $*" >>"$STUB/calls"
[ ! -e "$STUB/fail-$name" ] || exit 1
case "$name $*" in
"aws ssm get-parameter "*)
	[ ! -e "$STUB/denied" ] || { echo AccessDeniedException >&2; exit 1; }
	[ -e "$STUB/desired" ] || { echo ParameterNotFound >&2; exit 1; }
	cat "$STUB/desired"
	;;
"aws s3 cp "*) for last; do :; done; cp "$STUB/object" "$last" ;;
"apt-get "*install*) mv "$STUB/bin/awscli" "$STUB/bin/aws" ;;
"sleep "*) mv "$STUB/later" "$STUB/desired" ;;
esac
`;

/** A folder with the bootstrap, its absolute paths moved into the folder. */
class Machine {
  readonly root = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-bootstrap-"));
  readonly state = path.join(this.root, "stub");
  readonly bundle: Bundle = pack([
    { name: "set-up", content: '#!/bin/sh\necho "set-up $LINNIX_UNIT $(dirname "$0")" >>"$STUB/calls"\n' },
    { name: "files/etc/x", content: "x\n" },
  ]);

  constructor() {
    const commands = ["aws", "apt-get", "sleep", "sync"];
    for (const folder of ["stub/bin", "etc/linnix", "etc/apt", "dev"])
      fs.mkdirSync(path.join(this.root, folder), { recursive: true });
    for (const name of commands) fs.writeFileSync(path.join(this.state, "bin", name), stub, { mode: 0o755 });
    const [facts, script] = userDataFiles(plain);
    this.write("etc/linnix/host.json", facts?.content ?? "");
    const moved = (script?.content ?? "").replace(/(?<![\w/$}{-])\/(etc|usr|run|dev\/console)\b/g, `${this.root}/$1`);
    this.write("bootstrap", moved);
    this.write("etc/apt/sources.list", "deb http://deb.example/debian trixie main\n");
    this.write("stub/object", this.bundle.archive);
    this.desire(this.bundle.sha256);
  }

  write(name: string, content: string | Buffer): void {
    fs.writeFileSync(path.join(this.root, name), content);
  }

  read(name: string): string {
    const file = path.join(this.root, name);
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  }

  desire(sha256: string, file = "desired"): void {
    // With a backslash, which echo would interpret.
    const document = { bundle: { address: `s3://bucket/host/${sha256}.tar`, sha256 }, unit: "[Unit]\n" };
    this.write(`stub/${file}`, JSON.stringify(document));
  }

  run(): Promise<RunResult> {
    const env = { PATH: `${this.state}/bin:/usr/bin:/bin`, STUB: this.state };
    return tryRun("sh", [path.join(this.root, "bootstrap")], { env });
  }

  calls(): string[] {
    const calls = this.read("stub/calls").trim().split("\n");
    fs.rmSync(path.join(this.state, "calls"), { force: true });
    return calls;
  }
}

describe("the bootstrap", function () {
  this.timeout(60_000);
  let machine: Machine;
  const library = "usr/local/lib/linnix";

  before(function () {
    if (process.platform !== "linux") this.skip();
  });
  beforeEach(() => {
    machine = new Machine();
  });
  afterEach(() => {
    fs.rmSync(machine.root, { recursive: true });
  });

  it("installs the bundle that the desired state names, and runs its set-up", async () => {
    const { status, stderr } = await machine.run();
    assert.equal(status, 0, stderr);
    const bundle = `bundles/${machine.bundle.sha256}`;
    assert.equal(fs.readlinkSync(path.join(machine.root, library, "current")), bundle);
    assert.equal(machine.read(`${library}/${bundle}/files/etc/x`), "x\n");
    assert.deepEqual(fs.readdirSync(path.join(machine.root, library, "bundles")), [machine.bundle.sha256]);
    const calls = machine.calls();
    assert.match(calls[0] ?? "", /^aws ssm get-parameter --name \/linnix\/dev\/desired /);
    assert.equal(calls.at(-1), `set-up 1 ${machine.root}/${library}/current`);
  });

  it("runs the set-up of the current bundle at each boot, and asks AWS nothing", async () => {
    await machine.run();
    machine.calls();
    machine.desire("0".repeat(64));
    assert.equal((await machine.run()).status, 0);
    assert.deepEqual(machine.calls(), [`set-up 1 ${machine.root}/${library}/current`]);
  });

  it("waits until there is a desired state", async () => {
    fs.renameSync(path.join(machine.state, "desired"), path.join(machine.state, "later"));
    assert.equal((await machine.run()).status, 0);
    assert.equal(machine.calls().filter((call) => call === "sleep 5").length, 1);
  });

  it("goes on where a power cut interrupted it", async () => {
    await machine.run();
    machine.calls();
    fs.rmSync(path.join(machine.root, library, "current"));
    fs.mkdirSync(path.join(machine.root, library, "bundles", `.new-${machine.bundle.sha256}`));
    assert.equal((await machine.run()).status, 0);
    assert.ok(!machine.calls().some((call) => call.startsWith("aws s3")));
    fs.rmSync(path.join(machine.root, library, "current"));
    fs.rmSync(path.join(machine.root, library, "bundles", machine.bundle.sha256), { recursive: true });
    assert.equal((await machine.run()).status, 0);
    assert.equal(machine.read(`${library}/current/files/etc/x`), "x\n");
  });

  it("installs the CLI on a system without it, from mirrors that are reached by https", async () => {
    fs.renameSync(path.join(machine.state, "bin/aws"), path.join(machine.state, "bin/awscli"));
    const { status, stderr } = await machine.run();
    assert.equal(status, 0, stderr);
    assert.match(machine.read("etc/apt/sources.list"), /https:\/\/deb\.example/);
    assert.ok(machine.calls().some((call) => /^apt-get .*install .*awscli$/.test(call)));
  });

  const faults: { name: string; inject: () => void; expected: RegExp }[] = [
    {
      name: "the archive is another one",
      inject: () => {
        machine.write("stub/object", "another");
      },
      expected: /host\/[0-9a-f]{64}\.tar is not what \/linnix\/dev\/desired names: run pulumi up --refresh/,
    },
    {
      name: "the desired state cannot be read",
      inject: () => {
        machine.write("stub/denied", "");
      },
      expected: /\/linnix\/dev\/desired cannot be read: check the role of the host/,
    },
    {
      name: "the desired state names no bundle",
      inject: () => {
        machine.write("stub/desired", '{"schema":1}');
      },
      expected: /\/linnix\/dev\/desired names no host bundle: run pulumi up --refresh/,
    },
    {
      name: "the bundle cannot be fetched",
      inject: () => {
        fs.rmSync(path.join(machine.state, "object"));
      },
      expected: /s3:\/\/bucket\/host\/[0-9a-f]{64}\.tar cannot be fetched: check the role of the host/,
    },
  ];
  for (const { name, inject, expected } of faults)
    it(`reports that ${name}: on the console, to linnix-release and to the stack, and installs nothing`, async () => {
      inject();
      assert.notEqual((await machine.run()).status, 0);
      const problem = machine.read("run/linnix/problems/bootstrap");
      assert.match(problem, expected);
      assert.match(machine.read("dev/console"), expected);
      const put = machine.calls().find((call) => call.startsWith("aws ssm put-parameter --name /linnix/dev/health "));
      const [, value = ""] = /--value (.*)$/.exec(put ?? "") ?? [];
      assert.deepEqual(JSON.parse(value), { schema: 2, healthy: false, problems: [problem.trim()] });
      assert.equal(machine.read(`${library}/current/set-up`), "");
      // Repaired, it forgets the problem.
      machine.write("stub/object", machine.bundle.archive);
      fs.rmSync(path.join(machine.state, "denied"), { force: true });
      machine.desire(machine.bundle.sha256);
      assert.equal((await machine.run()).status, 0);
      assert.equal(machine.read("run/linnix/problems/bootstrap"), "");
    });
});
