import assert from "node:assert/strict";

import { type BaseImageName, baseImageServices } from "../../components/settings/schema";
import { changed } from "../../scripts/lib/pulumi";
import { testBases } from "../images/docker";
import { TestStack, ask, removeStacks } from "./stack";

/** The tests run in order on one stack: each one depends on the one before. */
describe("a stack without a language model", function () {
  this.timeout(360_000);
  let stack: TestStack;

  before("up", async () => {
    const bases = Object.entries(testBases()).filter(
      ([name]) => baseImageServices[name as BaseImageName] === "cognitod",
    );
    const unused = { model: null, llamaPort: null, llamaContext: null };
    stack = await TestStack.make("copy", { llm: "none", ...unused, baseImages: Object.fromEntries(bases) });
    await stack.up();
  });
  after("nothing stays", removeStacks);

  const unchanged = async () => {
    const changes = await stack.up("--refresh");
    assert.equal(changed(changes), false, JSON.stringify(changes));
  };

  it("is healthy with cognitod alone, and changes nothing when nothing has changed", async () => {
    const { health, endpoints } = await stack.outputs();
    assert.deepEqual([health.healthy, health.cognitod.status, health.llama.status], [true, "healthy", "disabled"]);
    assert.equal(endpoints.llama, undefined);
    assert.deepEqual(await stack.onEngine("container"), [stack.on("cognitod"), stack.on("preflight")]);
    assert.deepEqual(await stack.onEngine("network"), []);
    const files = (await stack.onEngine("volume")).filter((name) => name.startsWith(`${stack.on("cognitod")}-`));
    assert.equal(files.length, 1, files.join(", "));
    await unchanged();
  });

  it("leaves the running cognitod alone when the daemon rejects its configuration, and reports the daemon's words", async () => {
    const running = await stack.containerId("cognitod");
    stack.set({ cognitodConfig: { new_section: { a: 1 } } });
    const said = await stack.failingUp();
    assert.match(said, /config ended with exit status 1/);
    assert.match(said, /unrecognised top-level section or key `new_section`/);
    assert.equal(await stack.containerId("cognitod"), running);
    assert.equal((await ask((await stack.outputs()).endpoints.health)).status, 200);
  });

  it("takes a configuration that the daemon accepts, and changes nothing afterwards", async () => {
    stack.set({ cognitodConfig: { psi: { sustained_pressure_seconds: 30 } } });
    await stack.up();
    assert.equal((await stack.outputs()).health.healthy, true);
    const files = (await stack.onEngine("volume")).filter((name) => name.startsWith(`${stack.on("cognitod")}-`));
    assert.equal(files.length, 1, "the files that were replaced are gone");
    assert.match(await stack.docker("logs", stack.on("config")), /config OK: \/etc\/linnix\/stack\/linnix\.toml/);
    await unchanged();
  });

  it("runs cognitod with the other privileges that a setting gives it", async () => {
    stack.set({ privileges: "sysadmin" });
    await stack.up();
    const { HostConfig: privileges } = JSON.parse(
      await stack.docker("inspect", "--format", "{{json .}}", stack.on("cognitod")),
    ) as { HostConfig: { CapAdd: string[] } };
    assert.deepEqual(privileges.CapAdd, ["CAP_BPF", "CAP_PERFMON", "CAP_SYS_ADMIN"]);
  });
});
