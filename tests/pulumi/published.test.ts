import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { type BuildSpec, buildSpecs } from "../../components/images/build-spec";
import { contentTag } from "../../components/images/tags";
import { repositoryOf } from "../../scripts/images/publish";
import { linnixHome } from "../../scripts/lib/home";
import { publishedFiguresFile, recordFigure } from "../../scripts/lib/measure";
import type { Changes } from "../../scripts/lib/pulumi";
import { TestRegistry } from "../fixtures/registry/registry";
import { docker, removeLater, removeMade, testBases } from "../images/docker";
import { publishHere } from "../images/published";
import { type OwnHome, ownHome } from "./own-home";
import { TestStack, removeStacks } from "./stack";

/** The tests run in order on one stack: each one depends on the one before. */
describe("npm start with images that are published to a registry on this machine", function () {
  this.timeout(600_000);
  let registry: TestRegistry;
  let stack: TestStack;
  let own: OwnHome;
  let specs: readonly BuildSpec[];

  before("both images are published from the stack's own source, and are not on the engine", async () => {
    registry = await TestRegistry.start({ base: testBases().runtime });
    stack = await TestStack.make("copy");
    stack.set({ publishedImages: `${registry.address}/me` });
    own = ownHome(stack);
    const source = { kind: "local", location: path.join(stack.folder, "source"), revision: "local" } as const;
    specs = Object.values(buildSpecs({ source, baseImages: testBases() }));
    await publishHere(`${registry.address}/me`, specs);
  });
  after("nothing stays", async () => {
    await removeStacks();
    await registry.stop();
    await removeMade();
  });

  /** What `npm start -- --json` prints. */
  interface Started {
    readonly changes: Changes;
    readonly health: { readonly healthy: boolean };
    readonly seconds: number;
  }

  /** Starts, and returns what it printed. */
  async function start(): Promise<Started & { readonly stderr: string }> {
    const { status, stdout, stderr } = await own.start();
    assert.equal(status, 0, stderr);
    return { ...(JSON.parse(stdout) as Started), stderr };
  }

  /** The state of the stack in the home. */
  function state(): string {
    const files = fs.readdirSync(path.join(own.folder, "state"), { recursive: true, encoding: "utf8" });
    const file = files.find((name) => name.includes("/stacks/") && name.endsWith(`${stack.name}.json`));
    return fs.readFileSync(path.join(own.folder, "state", file ?? assert.fail(files.join("\n"))), "utf8");
  }

  it("builds nothing, prepares no base image, and runs what is published", async () => {
    const { health, seconds, stderr } = await start();
    assert.equal(health.healthy, true);
    const what = "first `npm start` with published images on a registry of this machine, tools present";
    recordFigure(publishedFiguresFile(linnixHome()), { what, value: seconds, unit: "s" });
    assert.match(stderr, /images: published, because 127\.0\.0\.1:\d+\/me has them with the same content/);
    assert.doesNotMatch(stderr, /^base images/m);
    assert.doesNotMatch(state(), /docker-build:index/);
    for (const spec of specs) {
      const repository = repositoryOf(`${registry.address}/me`, spec);
      const digest = await registry.digestOf(`me/linnix-${spec.image}`, contentTag(spec));
      const reference = `${repository}@${digest}`;
      removeLater("image", "rm", reference);
      const running = await docker("container", "inspect", "--format", "{{.Image}}", stack.on(spec.image));
      assert.equal(running, await docker("image", "inspect", "--format", "{{.Id}}", reference));
    }
  });

  it("changes nothing when it is run again, also while the registry gives no answer", async () => {
    assert.deepEqual(Object.keys((await start()).changes), ["same"]);
    await registry.stop();
    const { changes, stderr } = await start();
    assert.match(stderr, /images: published, because they were published before, and now /);
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("builds when a line of the source was changed [full]", async () => {
    fs.appendFileSync(path.join(stack.folder, "source", "cognitod", "src", "main.rs"), "// changed\n");
    const { health, stderr } = await start();
    assert.equal(health.healthy, true);
    assert.match(stderr, /images: built, because /);
    assert.match(state(), /docker-build:index/);
  });
});
