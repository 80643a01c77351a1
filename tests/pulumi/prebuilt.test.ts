import assert from "node:assert/strict";

import { type BuildSpec, cognitodBuild, llamaBuild } from "../../components/images/build-spec";
import { changed } from "../../scripts/lib/pulumi";
import { run } from "../../scripts/lib/run";
import { TestRegistry } from "../fixtures/registry/registry";
import { build, docker, removeLater, removeMade, testBases } from "../images/docker";
import { named } from "./driven-stack";
import { TestStack, removeStacks } from "./stack";

/** The tests run in order on one stack: each one depends on the one before. */
describe("a stack of published images, pulled from a registry on this machine", function () {
  this.timeout(600_000);
  let registry: TestRegistry;
  let stack: TestStack;
  let images: Record<"cognitod" | "llama", string>;

  /** Pushes a local image, and removes it here, so that an update has to pull it; returns its reference by digest. */
  async function publish(local: string, image: "cognitod" | "llama", version: string): Promise<string> {
    const name = `${registry.address}/linnix/${image}`;
    await docker("tag", local, `${name}:${version}`);
    await docker("push", "--quiet", `${name}:${version}`);
    const digest = await registry.digestOf(`linnix/${image}`, version);
    assert.ok(digest !== undefined);
    const reference = `${name}@${digest}`;
    await docker("image", "rm", `${name}:${version}`, local);
    removeLater("image", "rm", reference);
    return reference;
  }

  before("both images are published, and the stack is up", async () => {
    const bases = testBases();
    registry = await TestRegistry.start({ base: bases.runtime });
    const source = { kind: "sample", location: "sample/daemon", revision: "test" } as const;
    const specs: readonly BuildSpec[] = [cognitodBuild(source, bases), llamaBuild(bases)];
    const published = [];
    for (const spec of specs) {
      const local = `linnix-test/published-${spec.image}`;
      await build(spec, local);
      published.push([spec.image, await publish(local, spec.image, "1")]);
    }
    images = Object.fromEntries(published) as typeof images;
    stack = await TestStack.make("sample", { images, source: null, baseImages: null });
    await stack.up();
  });
  after("nothing stays", async () => {
    await removeStacks();
    await registry.stop();
    await removeMade();
  });

  /** The image that a container runs, by the engine's id. */
  const running = (part: "cognitod" | "llama") =>
    stack.docker("container", "inspect", "--format", "{{.Image}}", stack.on(part));

  it("is healthy without a build, and runs what the references name", async () => {
    assert.equal((await stack.outputs()).health.healthy, true);
    const exported = await stack.pulumi("stack", "export");
    assert.doesNotMatch(exported, /"type": "docker-build:/);
    assert.deepEqual(await stack.onEngine("image"), []);
    for (const part of ["cognitod", "llama"] as const)
      assert.equal(await running(part), await docker("image", "inspect", "--format", "{{.Id}}", images[part]));
  });

  it("changes nothing when nothing has changed", async () => {
    const changes = await stack.up("--refresh");
    assert.equal(changed(changes), false, JSON.stringify(changes));
  });

  it("takes another version of one image, and leaves the other service running", async () => {
    const other = "linnix-test/published-cognitod-2";
    await run("docker", ["buildx", "build", "--builder", "default", "--load", "--tag", other, "-"], {
      input: `FROM ${images.cognitod}\nLABEL version=2\n`,
    });
    const llama = await stack.containerId("llama");
    images = { ...images, cognitod: await publish(other, "cognitod", "2") };
    stack.set({ images });
    assert.ok(named(await stack.preview(), "replace").includes("host-cognitod"));
    await stack.up();
    assert.equal((await stack.outputs()).health.healthy, true);
    assert.equal(await running("cognitod"), await docker("image", "inspect", "--format", "{{.Id}}", images.cognitod));
    assert.equal(await stack.containerId("llama"), llama);
  });

  it("leaves what runs alone if the registry does not have an image, and names the image", async () => {
    const cognitod = await stack.containerId("cognitod");
    const missing = images.cognitod.replace(/[0-9a-f]{64}$/, "0".repeat(64));
    stack.set({ images: { ...images, cognitod: missing } });
    const said = await stack.failingUp();
    assert.ok(said.includes(missing), said);
    assert.equal(await stack.containerId("cognitod"), cognitod);
  });
});
