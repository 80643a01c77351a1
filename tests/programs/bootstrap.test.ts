import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { engines } from "../../package.json";
import { projectFolder } from "../../scripts/lib/home";
import { tryRun } from "../../scripts/lib/run";

describe("a command's start", () => {
  /** Runs a command that Node.js has everything for, as if this were another version of Node.js. */
  const withNode = (version: string) => {
    const hook = `Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;
    const args = [
      "--import",
      `data:text/javascript,${hook}`,
      "scripts/bootstrap.mjs",
      "--bin",
      "prettier",
      "--version",
    ];
    return tryRun(process.execPath, args, { cwd: projectFolder });
  };

  it("reports a Node.js that is older than package.json requires, with status 1, before it does anything", async () => {
    assert.equal(engines.node, ">=20.12");
    for (const version of ["18.20.0", "20.11.1"]) {
      const { status, stdout, stderr } = await withNode(version);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, new RegExp(`^Node\\.js ${version} is too old: .* 20\\.12 or newer\\. Install it from`));
    }
    for (const version of ["20.12.0", "22.0.0"]) assert.equal((await withNode(version)).status, 0, version);
  });
});

describe("the npm packages", function () {
  let folder: string;
  const under = (name: string) => path.join(folder, name);
  const log = () => fs.readFileSync(under("log"), "utf8").trim().split("\n");

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-bootstrap-"));
    for (const name of ["scripts", "bin"]) fs.mkdirSync(under(name));
    for (const name of ["scripts/bootstrap.mjs", "package.json", "package-lock.json"])
      fs.copyFileSync(path.join(projectFolder, name), under(name));
    // As npm does, it removes all packages first.
    const install = `echo begin >> log; rm -rf node_modules; sleep 1; mkdir -p node_modules/.bin; cp bin/tool node_modules/.bin/; echo end >> log`;
    fs.writeFileSync(under("bin/npm"), `#!/bin/sh\n${install}\n`, { mode: 0o755 });
    fs.writeFileSync(under("bin/tool"), "#!/bin/sh\necho works\n", { mode: 0o755 });
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const command = () =>
    tryRun(process.execPath, ["scripts/bootstrap.mjs", "--bin", "tool"], {
      cwd: folder,
      env: { ...process.env, PATH: `${under("bin")}:${process.env.PATH ?? ""}` },
    });
  const nothingStays = () => {
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.startsWith(".npm")),
      [],
    );
  };

  it("are installed once by commands that start together; the others say for which process they wait", async () => {
    const results = await Promise.all([command(), command(), command()]);
    assert.deepEqual(
      results.map(({ status, stdout }) => [status, stdout]),
      results.map(() => [0, "works\n"]),
    );
    assert.deepEqual(log(), ["begin", "end"]);
    const waited = results.filter(({ stderr }) =>
      /process \d+ is installing them; this command begins when/.test(stderr),
    );
    assert.equal(waited.length, 2);
    nothingStays();
  });

  it("are installed although a command that was killed left its lock, or one that is too old", async () => {
    const { stdout: dead } = await tryRun("sh", ["-c", "echo $$"]);
    fs.writeFileSync(under(".npm-ci.lock"), dead.trim());
    assert.equal((await command()).status, 0);
    nothingStays();
    fs.rmSync(under("node_modules"), { recursive: true });
    // Its process id belongs to another program now: to this one.
    fs.writeFileSync(under(".npm-ci.lock"), String(process.pid));
    fs.utimesSync(under(".npm-ci.lock"), new Date(), new Date(Date.now() - 3_600_000));
    assert.equal((await command()).status, 0);
    nothingStays();
  });

  it("hold up no later command when their installation failed", async () => {
    fs.writeFileSync(under("bin/npm"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const { status, stderr } = await command();
    assert.equal(status, 1);
    assert.match(stderr, /`npm ci` failed/);
    nothingStays();
  });
});
