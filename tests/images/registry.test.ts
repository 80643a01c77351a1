import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type BuildSpec, buildxArguments, cognitodBuild, llamaBuild } from "../../components/images/build-spec";
import { imageTags } from "../../components/images/registry/ecr";
import { stackTags } from "../../components/images/tags";
import { projectFolder } from "../../scripts/lib/home";
import { type RunResult, run, tryRun } from "../../scripts/lib/run";
import { TestRegistry } from "../fixtures/registry/registry";
import { docker, removeLater, removeMade, testBases } from "./docker";

const login = { user: "builder", password: "password-of-the-registry-tests" };
const bases = testBases();

/** A folder for DOCKER_CONFIG with the engine's plugins and a login, so that the user's own folder is not changed. */
function configFolder(auths: Record<string, unknown>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-docker-config-"));
  const own = process.env.DOCKER_CONFIG;
  if (own !== undefined && fs.existsSync(own)) fs.cpSync(own, folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify({ auths }), { mode: 0o600 });
  return folder;
}

describe("an image in a registry with immutable tags, as the stack's repositories in ECR have", () => {
  let registry: TestRegistry;
  let config: string;
  let strangersConfig: string;

  /** Runs docker with or without the login. */
  function loggedIn(args: readonly string[], folder = config): Promise<RunResult> {
    return tryRun("docker", args, { cwd: projectFolder, env: { ...process.env, DOCKER_CONFIG: folder } });
  }

  /** Builds and pushes with the tags that the program would use, or only the first `count` of them. */
  async function push(spec: BuildSpec, folder = config, count?: number): Promise<RunResult & { tags: string[] }> {
    const tags = stackTags(spec, "native");
    const names = tags.slice(0, count).map((tag) => `${registry.address}/linnix-dev/${spec.image}:${tag}`);
    const [first = "", ...more] = names;
    const args = buildxArguments(spec, first).map((word) => (word === "--load" ? "--push" : word));
    for (const name of names) removeLater("image", "rm", name);
    const result = await loggedIn(
      [...args.slice(0, 2), ...more.flatMap((it) => ["--tag", it]), ...args.slice(2)],
      folder,
    );
    return { ...result, tags };
  }

  /** Passes on a copy of the build with a changed file. */
  async function withChange(spec: BuildSpec, work: (changed: BuildSpec) => Promise<void>): Promise<void> {
    const copy = fs.mkdtempSync(path.join(os.homedir(), ".linnix-test-context-"));
    try {
      fs.cpSync(path.join(projectFolder, spec.folder), copy, { recursive: true });
      fs.appendFileSync(path.join(copy, "fetch-model"), `# ${randomUUID()}\n`);
      await work({ ...spec, folder: copy });
    } finally {
      fs.rmSync(copy, { recursive: true });
    }
  }

  before(async () => {
    const immutable = { excluded: imageTags.imageTagMutabilityExclusionFilters };
    registry = await TestRegistry.start({ login, immutable, base: bases.runtime });
    const auth = Buffer.from(`${login.user}:${login.password}`).toString("base64");
    config = configFolder({ [registry.address]: { auth } });
    strangersConfig = configFolder({});
  });
  after(async () => {
    await registry.stop();
    for (const folder of [config, strangersConfig]) fs.rmSync(folder, { recursive: true });
    await removeMade();
  });

  it("is pushed under both tags, and pulled and run by digest", async () => {
    const { status, stderr, tags } = await push(llamaBuild(bases));
    assert.equal(status, 0, stderr);
    assert.deepEqual(await registry.tags("linnix-dev/llama"), [...tags].sort());
    const [digest, same] = await Promise.all(tags.map((tag) => registry.digestOf("linnix-dev/llama", tag)));
    assert.match(digest ?? "", /^sha256:[0-9a-f]{64}$/);
    assert.equal(same, digest);

    for (const tag of tags) await docker("image", "rm", `${registry.address}/linnix-dev/llama:${tag}`);
    const reference = `${registry.address}/linnix-dev/llama@${digest}`;
    removeLater("image", "rm", reference);
    const pulled = await loggedIn(["pull", reference]);
    assert.equal(pulled.status, 0, pulled.stderr);
    assert.match(await docker("run", "--rm", "--entrypoint", "fetch-model", reference, "--version"), /^fetch-model/);
  });

  it("is for those who log in", async () => {
    const { status, stderr } = await push(llamaBuild(bases), strangersConfig);
    assert.notEqual(status, 0);
    assert.match(stderr, /no basic auth credentials|authentication required|unauthorized/);
  });

  it("gets other tags with any change, and the same ones again when the change is reverted", async () => {
    const original = llamaBuild(bases);
    await withChange(original, async (changed) => {
      const [first, second, third] = [await push(original), await push(changed), await push(original)];
      for (const { status, stderr } of [first, second, third]) assert.equal(status, 0, stderr);
      assert.deepEqual(third.tags, first.tags);
      assert.equal(new Set([...first.tags, ...second.tags]).size, 4);
      assert.deepEqual(registry.refused, []);
    });
  });

  it("is pushed completely after a push that was interrupted between its tags", async () => {
    await withChange(llamaBuild(bases), async (changed) => {
      const { status, stderr, tags } = await push(changed, config, 1);
      assert.equal(status, 0, stderr);
      const [pushed = "", missing = ""] = tags;
      assert.equal(await registry.digestOf("linnix-dev/llama", missing), undefined);

      const again = await push(changed);
      assert.equal(again.status, 0, again.stderr);
      const digests = await Promise.all([pushed, missing].map((tag) => registry.digestOf("linnix-dev/llama", tag)));
      assert.ok(digests[0] !== undefined);
      assert.equal(digests[0], digests[1]);
    });
  });

  it("can't be pushed again under the tag of a release", async () => {
    await withChange(llamaBuild(bases), async (changed) => {
      const name = `${registry.address}/linnix-dev/llama`;
      const release = async (spec: BuildSpec) => {
        const { tags } = await push(spec);
        return loggedIn(["buildx", "imagetools", "create", "--tag", `${name}:v1.2.3`, `${name}:${tags[0] ?? ""}`]);
      };
      const first = await release(llamaBuild(bases));
      assert.equal(first.status, 0, first.stderr);
      const second = await release(changed);
      assert.notEqual(second.status, 0);
      // imagetools prints the status of the refusal only.
      assert.match(second.stderr, /manifests\/v1\.2\.3: 400 Bad Request/);
      assert.deepEqual(registry.refused, ["linnix-dev/llama:v1.2.3"]);
    });
  });

  it("keeps the capabilities of cognitod's files", async () => {
    const source = { kind: "sample", location: "sample/daemon", revision: "test" } as const;
    const { status, stderr, tags } = await push(cognitodBuild(source, bases));
    assert.equal(status, 0, stderr);
    const archive = path.join(config, "layer.tar.gz");
    const listed: string[] = [];
    for (const layer of await registry.layers("linnix-dev/cognitod", tags[0] ?? "")) {
      fs.writeFileSync(archive, layer);
      const options = ["--list", "--verbose", "--verbose", "--gzip", "--xattrs", "--xattrs-include=*"];
      listed.push(...(await run("tar", [...options, "--file", archive])).stdout.split("\n"));
    }
    const carriers = listed.filter((_, index) => (listed[index + 1] ?? "").includes("security.capability"));
    assert.deepEqual(
      carriers.map((line) => line.split("/").pop()),
      ["cognitod", "linnix-preflight"],
    );
  });
});
