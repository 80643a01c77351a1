import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { engineProblem, engineProvider, engineWarning } from "../../../../../components/hosts/local/engine-check";
import { proxyVariables } from "../../../../../components/hosts/local/proxy";

describe("an engine", () => {
  it("that remaps users, or runs without root, is refused with what to change", () => {
    const seccomp = "name=seccomp,profile=builtin";
    assert.match(engineProblem({ SecurityOptions: [seccomp, "name=userns"] }) ?? "", /userns-remap.*daemon\.json/);
    assert.match(engineProblem({ SecurityOptions: [seccomp, "name=rootless"] }) ?? "", /rootless.*DOCKER_HOST/);
  });

  it("of the usual kind is accepted", () => {
    for (const SecurityOptions of [["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"], [], null]) {
      assert.equal(engineProblem({ SecurityOptions }), undefined);
    }
    assert.equal(engineProblem({}), undefined);
  });

  it("before 28 is one whose published ports other machines can reach, which is said with the ports and the rules", () => {
    for (const ServerVersion of ["27.5.1", "26.1.5+dfsg1", "23.0.0-rc.1"]) {
      const warning = engineWarning({ ServerVersion }, [8090]) ?? "";
      assert.match(warning, /^the Docker engine is version 2[\d.]+.* this is port 8090\. Use Docker 28 or newer, or/);
    }
    for (const ServerVersion of ["28.0.0", "29.1.3", "100.0", undefined]) {
      assert.equal(engineWarning(ServerVersion === undefined ? {} : { ServerVersion }, [8090]), undefined);
    }
    assert.equal(engineWarning({ ServerVersion: "26.1.5" }, []), undefined, "nothing is published");
    assert.match(fs.readFileSync("docs/SECURITY.md", "utf8"), /What is not promised[^]*iptables -I DOCKER-USER/);
  });
});

describe("the check of the engine", () => {
  const before = { PATH: process.env.PATH, log: console.log };
  let folder: string;
  let said: string[];
  const answers = (info: object | undefined) => {
    const answer = info === undefined ? "exit 1" : `echo '${JSON.stringify(info)}'`;
    fs.writeFileSync(path.join(folder, "docker"), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
  };
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-docker-"));
    process.env.PATH = `${folder}:${before.PATH ?? ""}`;
    said = [];
    console.log = (line: string) => said.push(line);
  });
  afterEach(() => {
    process.env.PATH = before.PATH;
    console.log = before.log;
    fs.rmSync(folder, { recursive: true });
  });
  const usual = { ID: "a", ServerVersion: "28.0.0", SecurityOptions: ["name=seccomp"] };
  const remapping = { ...usual, SecurityOptions: ["name=userns"] };
  const inputs = { ports: [8090] };

  it("is made again for another engine, and for one whose options or version changed, and not for the same", async () => {
    answers(usual);
    const { outs } = await engineProvider.create(inputs);
    const changes = async () => (await engineProvider.diff("engine", outs, inputs)).changes;
    assert.equal(await changes(), false);
    for (const other of [{ ...usual, ID: "b" }, { ...usual, ServerVersion: "27.0.0" }, remapping]) {
      answers(other);
      assert.equal(await changes(), true, JSON.stringify(other));
    }
    answers(undefined);
    assert.equal(await changes(), false, "what uses the engine next reports that it does not answer");
    assert.equal((await engineProvider.diff("engine", { ports: [8090] }, inputs)).changes, false);
    answers(usual);
    assert.equal(
      (await engineProvider.diff("engine", { ports: [8090] }, inputs)).changes,
      true,
      "of an earlier version",
    );
    assert.equal((await engineProvider.diff("engine", outs, { ports: [] })).changes, true);
  });

  it("refuses on a change as it does at first", async () => {
    answers(remapping);
    await assert.rejects(engineProvider.create(inputs), /userns-remap/);
    await assert.rejects(engineProvider.update("engine", inputs, inputs), /userns-remap/);
  });

  it("warns of an engine before 28 at first and on a change, and of no other", async () => {
    answers(usual);
    await engineProvider.create(inputs);
    assert.equal(said.length, 0);
    answers({ ...usual, ServerVersion: "26.1.5" });
    await engineProvider.create(inputs);
    await engineProvider.update("engine", inputs, inputs);
    assert.equal(said.filter((line) => line.startsWith("warning: the Docker engine is version 26.1.5")).length, 2);
  });
});

describe("the proxies of a shell", () => {
  it("are passed in the spelling that curl reads, and empty ones are not", () => {
    const environment = { HTTPS_PROXY: "http://a:1", https_proxy: "http://b:2", NO_PROXY: "localhost", HTTP_PROXY: "" };
    assert.deepEqual(proxyVariables(environment), { https_proxy: "http://b:2", no_proxy: "localhost" });
    assert.deepEqual(proxyVariables({ PATH: "/bin" }), {});
  });
});
