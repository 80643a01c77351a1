import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { cognitodBuild, llamaBuild } from "../../components/images/build-spec";
import { machineArchitecture } from "../../components/settings/load";
import { writeTinyModel } from "../../sample/model";
import { linnixHome, projectFolder } from "../../scripts/lib/home";
import { publishedFiguresFile, recordFigure, timed } from "../../scripts/lib/measure";
import { canRun, inCi, installPackages } from "../../scripts/lib/requirements";
import { run, tryRun } from "../../scripts/lib/run";
import { freePorts } from "../fixtures/free-ports";
import { TestRegistry } from "../fixtures/registry/registry";
import { docker, removeLater, removeMade, testBases } from "./docker";
import { publishHere } from "./published";

describe("the quickstart script with published images [full]", () => {
  const name = `q-${randomBytes(3).toString("hex")}`;
  let registry: TestRegistry;
  let folder: string | undefined;

  before(async function () {
    const hasCompose = async () =>
      (await canRun("docker", ["compose", "version"])) || (await canRun("docker-compose", ["version"]));
    if (inCi() && !(await hasCompose())) await installPackages(["docker-compose"]);
    if (!(await hasCompose())) {
      process.stderr.write("*** LEFT OUT: neither docker compose nor docker-compose is installed ***\n");
      this.skip();
    }
    registry = await TestRegistry.start({ base: testBases().runtime });
    folder = fs.mkdtempSync(path.join(os.homedir(), ".linnix-test-quickstart-"));
  });
  after(async () => {
    if (folder === undefined) return;
    await registry.stop();
    const { stdout } = await tryRun("docker", ["ps", "--all", "--quiet", "--filter", `name=^linnix-${name}-`]);
    for (const id of stdout.split("\n").filter((it) => it !== "")) await docker("rm", "--force", "--volumes", id);
    const { stdout: volumes } = await tryRun("docker", [
      "volume",
      "ls",
      "--quiet",
      "--filter",
      `name=^linnix-${name}-`,
    ]);
    for (const volume of volumes.split("\n").filter((it) => it !== "")) await docker("volume", "rm", volume);
    fs.rmSync(folder, { recursive: true, force: true });
    await removeMade();
  });

  it("pulls them, starts both services, waits for their health, and asks for an insight", async () => {
    const source = { kind: "sample", location: "sample/daemon", revision: "test" } as const;
    const specs = [cognitodBuild(source, testBases()), llamaBuild(testBases())];
    const published = await publishHere(`${registry.address}/me`, specs);
    const references = published.map(({ image, repository, digest }) => [image, `${repository}@${digest}`] as const);
    for (const [, reference] of references) removeLater("image", "rm", reference);
    const own = folder ?? assert.fail();
    const model = path.join(own, "tiny.gguf");
    await writeTinyModel(model);
    const [apiPort = 0, healthPort = 0, llamaPort = 0] = await freePorts(3);
    const settings = {
      "linnix:images": { ...Object.fromEntries(references), architecture: machineArchitecture },
      "linnix:model": model,
      "linnix:apiPort": apiPort,
      "linnix:healthPort": healthPort,
      "linnix:llamaPort": llamaPort,
      "linnix:llamaContext": 2048,
      "linnix:llamaThreads": 2,
    };
    const file = path.join(own, `Pulumi.${name}.yaml`);
    fs.writeFileSync(file, JSON.stringify({ config: settings }));
    const rendered = await run("npm", ["run", "-s", "render", "--", file, "--file", "quickstart"], {
      cwd: projectFolder,
    });
    fs.writeFileSync(path.join(own, "quickstart.sh"), rendered.stdout);

    const quickstart = () => tryRun("sh", ["quickstart.sh"], { cwd: own });
    const { seconds, value: first } = await timed(quickstart);
    assert.equal(first.status, 0, first.stderr);
    const what =
      "quickstart script, from nothing to healthy and the first insight, images on a registry of this machine";
    recordFigure(publishedFiguresFile(linnixHome()), { what, value: seconds, unit: "s" });
    const running = (part: string) => docker("container", "inspect", "--format", "{{.Id}}", `linnix-${name}-${part}`);
    const before = await Promise.all(["cognitod", "llama"].map(running));
    const health = await fetch(`http://127.0.0.1:${healthPort}/healthz`);
    assert.equal(health.status, 200);

    const again = await quickstart();
    assert.equal(again.status, 0, again.stderr);
    assert.deepEqual(await Promise.all(["cognitod", "llama"].map(running)), before);
  });
});
