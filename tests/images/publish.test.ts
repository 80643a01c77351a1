// Publishing to a real registry, with the engine's real builds: a small image stands in for the project's own, except in the
// last test, where the command publishes cognitod's.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type BuildSpec, cognitodBuild } from "../../components/images/build-spec";
import { contentTag, platformTag } from "../../components/images/tags";
import { machineArchitecture } from "../../components/settings/load";
import {
  type PublishedImage,
  type Publishing,
  architectures,
  nameImages,
  publishIndex,
  publishPlatform,
  repositoryOf,
} from "../../scripts/images/publish";
import { dockerRegistry } from "../../scripts/images/registry";
import { linnixHome, projectFolder } from "../../scripts/lib/home";
import { run, tryRun } from "../../scripts/lib/run";
import { TestRegistry } from "../fixtures/registry/registry";
import { removeLater, removeMade, testBases } from "./docker";

const login = { user: "publisher", password: "password-of-the-publish-tests" };
const bases = testBases();
const folders: string[] = [];

function temporary(prefix: string, parent = os.tmpdir()): string {
  const folder = fs.mkdtempSync(path.join(parent, prefix));
  folders.push(folder);
  return folder;
}

/** An environment whose DOCKER_CONFIG has the login and the engine's plugins, so that the user's own is not changed. */
function loggedIn(address: string): NodeJS.ProcessEnv {
  const folder = temporary("linnix-docker-config-");
  const own = process.env.DOCKER_CONFIG;
  if (own !== undefined && fs.existsSync(own)) fs.cpSync(own, folder, { recursive: true });
  const auth = Buffer.from(`${login.user}:${login.password}`).toString("base64");
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify({ auths: { [address]: { auth } } }), {
    mode: 0o600,
  });
  return { ...process.env, DOCKER_CONFIG: folder };
}

/** A build of its own content, whose image says the version. */
function smallBuild(version: string): BuildSpec {
  const folder = temporary("linnix-small-image-");
  fs.writeFileSync(
    path.join(folder, "Dockerfile"),
    'FROM scratch\nCOPY text /\nARG VERSION\nLABEL org.opencontainers.image.version="$VERSION"\n',
  );
  fs.writeFileSync(path.join(folder, "text"), randomUUID());
  fs.writeFileSync(path.join(folder, ".dockerignore"), "");
  return { image: "llama", folder, contexts: {}, arguments: { VERSION: version } };
}

/** The steps of `npm run images -- publish` for one image. */
async function publish(
  publishing: Publishing,
  spec: BuildSpec,
  release?: string,
  commit?: string,
): Promise<PublishedImage> {
  for (const architecture of architectures) await publishPlatform(publishing, spec, architecture);
  const image = await publishIndex(publishing, spec);
  await nameImages(publishing, [image], { commit, release });
  return image;
}

function publishingTo(registry: TestRegistry, environment: NodeJS.ProcessEnv, more: Partial<Publishing> = {}) {
  const state = { builds: 0, notes: [] as string[] };
  const publishing: Publishing = {
    registry: dockerRegistry(environment),
    address: `${registry.address}/me`,
    builder: "default",
    attest: false,
    build: async (spec, args) => {
      state.builds += 1;
      for (const architecture of architectures)
        removeLater("image", "rm", `${registry.address}/me/linnix-${spec.image}:${platformTag(spec, architecture)}`);
      await run("docker", args, { cwd: projectFolder, env: environment });
    },
    note: (text) => {
      state.notes.push(text);
    },
    ...more,
  };
  return { publishing, state };
}

after(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

describe("publishing to a registry with a login, in which only content tags may be pushed again", () => {
  let registry: TestRegistry;
  let environment: NodeJS.ProcessEnv;

  before(async () => {
    const excluded = [
      { filter: "latest", filterType: "WILDCARD" },
      { filter: "*.*", filterType: "WILDCARD" },
    ];
    registry = await TestRegistry.start({ login, immutable: { excluded }, base: bases.runtime });
    environment = loggedIn(registry.address);
  });
  afterEach(() => {
    registry.front!.heal();
  });
  after(async () => {
    await registry.stop();
    await removeMade();
  });

  const tagsOf = (names: readonly string[]) =>
    Promise.all(names.map((name) => registry.digestOf("me/linnix-llama", name)));

  it("pushes each platform, joins them, tags the index, and pushes nothing a second time", async () => {
    const spec = smallBuild("1.0.0");
    const { publishing, state } = publishingTo(registry, environment);
    const commit = randomUUID().replaceAll("-", "").padEnd(40, "0");
    const { digest } = await publish(publishing, spec, "1.0.0", commit);
    assert.equal(state.builds, 2);
    const names = [contentTag(spec), `sha-${commit.slice(0, 12)}`, "v1.0.0", "1.0", "latest"];
    assert.deepEqual(
      await tagsOf(names),
      names.map(() => digest),
    );
    const { stdout } = await run(
      "docker",
      ["buildx", "imagetools", "inspect", "--raw", `${repositoryOf(publishing.address, spec)}@${digest}`],
      { env: environment },
    );
    const { manifests } = JSON.parse(stdout) as { manifests: { digest: string; platform: { architecture: string } }[] };
    assert.deepEqual(
      manifests.map(({ platform }) => platform.architecture),
      architectures,
    );
    assert.deepEqual(
      manifests.map((it) => it.digest),
      await tagsOf(architectures.map((architecture) => platformTag(spec, architecture))),
    );

    // An immutable tag that is pushed again is refused, even with the same image.
    const again = await publish(publishing, spec, "1.0.0", commit);
    assert.deepEqual([again.digest, state.builds, registry.refused], [digest, 2, []]);
  });

  it("moves 1.0 and latest forward only, by what the images say of themselves", async () => {
    const { publishing, state } = publishingTo(registry, environment);
    const newer = await publish(publishing, smallBuild("1.0.2"), "1.0.2");
    await publish(publishing, smallBuild("1.0.1"), "1.0.1");
    assert.deepEqual(await tagsOf(["1.0", "latest"]), [newer.digest, newer.digest]);
    assert.ok(
      state.notes.some((it) => it.endsWith(":latest stays at 1.0.2, which is not older than 1.0.1")),
      state.notes.join("\n"),
    );
    await publish(publishing, smallBuild("1.1.0-rc.1"), "1.1.0-rc.1");
    const next = await publish(publishing, smallBuild("1.1.0"), "1.1.0");
    assert.deepEqual(await tagsOf(["1.0", "1.1", "latest"]), [newer.digest, next.digest, next.digest]);
  });

  it("refuses another image under the tag of a release, and leaves every tag of it as it was", async () => {
    const { publishing } = publishingTo(registry, environment);
    await publish(publishing, smallBuild("2.0.0"), "2.0.0");
    const before = await tagsOf(["v2.0.0", "2.0", "latest"]);
    await assert.rejects(
      publish(publishing, smallBuild("2.0.0"), "2.0.0"),
      /:v2\.0\.0 is there with sha256:.*never moves/,
    );
    assert.deepEqual(await tagsOf(["v2.0.0", "2.0", "latest"]), before);
    assert.deepEqual(registry.refused, []);
  });

  // The requests that a push consists of, each failed for itself.
  const requests: readonly [what: string, set: "" | " [full]", pattern: RegExp][] = [
    ["the layers", "", /^(POST|PATCH|PUT) .*\/blobs\/uploads\//],
    ["a platform's image", " [full]", /^PUT .*\/manifests\/content-[0-9a-f]{32}-arm64$/],
    ["the index", "", /^PUT .*\/manifests\/content-[0-9a-f]{32}$/],
    ["the tag of the release", " [full]", /^PUT .*\/manifests\/v3\./],
    ["the first tag that moves", " [full]", /^PUT .*\/manifests\/3\./],
    ["the last tag that moves", "", /^PUT .*\/manifests\/latest$/],
  ];
  requests.forEach(([what, set, pattern], index) => {
    it(`leaves earlier tags as they were when ${what} is refused, and is completed by a repetition${set}`, async () => {
      const { publishing } = publishingTo(registry, environment);
      const version = `3.0.${index}`;
      const spec = smallBuild(version);
      const moving = ["3.0", "latest"];
      const before = await tagsOf(moving);
      registry.front!.fault = (method, url) => (pattern.test(`${method} ${url}`) ? "refusal" : undefined);
      await assert.rejects(publish(publishing, spec, version), /denied|403|Forbidden/);
      const [release] = await tagsOf([`v${version}`]);
      const between = await tagsOf(moving);
      between.forEach((digest, position) => {
        assert.ok(digest === before[position] || digest === release, moving[position]);
      });
      registry.front!.heal();
      const { digest } = await publish(publishing, spec, version);
      assert.deepEqual(await tagsOf([`v${version}`, ...moving]), [digest, digest, digest]);
    });
  });

  it("ends at a registry that gives no answer, names it, and leaves every tag", async () => {
    const { publishing } = publishingTo(registry, environment, {
      registry: dockerRegistry(environment, { seconds: 3 }),
    });
    const before = await tagsOf(["latest"]);
    registry.front!.fault = () => "silence";
    await assert.rejects(publish(publishing, smallBuild("4.0.0"), "4.0.0"), /the registry gave no answer within 3 s/);
    registry.front!.heal();
    assert.deepEqual(await tagsOf(["latest", "v4.0.0"]), [...before, undefined]);
  });

  it("is killed during a push, and completed by a repetition", async () => {
    const { publishing, state } = publishingTo(registry, environment);
    const spec = smallBuild("5.0.0");
    // The docker command is ended while the registry keeps the push waiting.
    registry.front!.fault = (method) => (method === "PUT" || method === "PATCH" ? "silence" : undefined);
    const build = (_: BuildSpec, args: readonly string[]) =>
      run("docker", args, { cwd: projectFolder, env: environment, timeout: 10_000 }).then(() => undefined);
    await assert.rejects(publish({ ...publishing, build }, spec, "5.0.0"), /ended by SIGKILL/);
    assert.deepEqual(await tagsOf([platformTag(spec, "amd64"), contentTag(spec), "v5.0.0"]), [
      undefined,
      undefined,
      undefined,
    ]);
    registry.front!.heal();
    const { digest } = await publish(publishing, spec, "5.0.0");
    assert.deepEqual([await tagsOf(["v5.0.0", "latest"]), state.builds], [[digest, digest], 2]);
  });

  it("says what to do to those who did not log in", async () => {
    const { DOCKER_CONFIG } = loggedIn("other.example.org");
    const { publishing } = publishingTo(registry, { ...process.env, DOCKER_CONFIG });
    await assert.rejects(
      publish(publishing, smallBuild("6.0.0")),
      /401|unauthorized|no basic auth|authentication required/i,
    );
  });
});

describe("publishing to a registry with a login and TLS", () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await TestRegistry.start({ login, tls: true, base: bases.runtime });
  });
  after(async () => {
    await registry.stop();
    await removeMade();
  });

  it("pushes and tags by a certificate that buildx trusts", async () => {
    const folder = temporary("linnix-certificate-");
    const [certificate, config] = [path.join(folder, "ca.pem"), path.join(folder, "buildkitd.toml")];
    fs.writeFileSync(certificate, registry.certificate!);
    // Without it, buildx uses no TLS for an address of loopback.
    fs.writeFileSync(config, `[registry."${registry.address}"]\n  http = false\n`);
    const environment = { ...loggedIn(registry.address), SSL_CERT_FILE: certificate };
    // Only its configuration is used here: it never starts, because its image cannot be pulled everywhere.
    const builder = `linnix-test-${randomUUID().slice(0, 8)}`;
    const create = ["buildx", "create", "--name", builder, "--driver", "docker-container", "--config", config];
    await run("docker", create, { env: environment });
    const { publishing } = publishingTo(registry, environment, { registry: dockerRegistry(environment, { builder }) });
    const spec = smallBuild("1.0.0");
    const { digest } = await publish(publishing, spec, "1.0.0");
    assert.equal(await registry.digestOf("me/linnix-llama", "latest"), digest);
    await publish(publishing, spec, "1.0.0");
  });
});

describe("npm run images", () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await TestRegistry.start({ login, base: bases.runtime });
  });
  after(async () => {
    await registry.stop();
    await removeMade();
  });

  it("builds and pushes cognitod's image, joins it with the other platform's, and shows the index", async () => {
    const config = path.join(temporary("linnix-images-"), "Pulumi.images.yaml");
    const settings = { "linnix:source": "sample", "linnix:baseImages": bases };
    fs.writeFileSync(config, JSON.stringify({ config: settings }));
    // The engine of this layer as one that exists: with the embedded one's own variables, its login would count.
    const environment = { ...loggedIn(registry.address), LINNIX_HOME: linnixHome().root, LINNIX_ENGINE: "existing" };
    const address = `${registry.address}/me`;
    const images = (...args: string[]) =>
      tryRun("npm", ["run", "-s", "images", "--", ...args, "--registry", address, "--config", config], {
        cwd: projectFolder,
        env: environment,
      });
    const before = await images("show", "cognitod");
    assert.equal(before.status, 1);
    assert.match(before.stderr, /does not have the images of this checkout: npm run -s images -- publish --registry/);
    const [own = "amd64"] = architectures.filter((it) => it === machineArchitecture);
    const built = await images("build", "cognitod", "--arch", own);
    assert.equal(built.status, 0, built.stderr);
    const source = { kind: "sample", location: "sample/daemon", revision: "sample" } as const;
    const spec = cognitodBuild(source, bases);
    const tagOf = (architecture: (typeof architectures)[number]) =>
      `${repositoryOf(address, spec)}:${platformTag(spec, architecture)}`;
    for (const architecture of architectures) removeLater("image", "rm", tagOf(architecture));
    const early = await images("index", "cognitod");
    assert.equal(early.status, 1);
    assert.match(early.stderr, /is not there yet: npm run -s images -- build cognitod --arch/);
    // cross.test.ts builds the other platform's image; an empty one stands in for it here.
    for (const foreign of architectures.filter((it) => it !== own)) {
      const build = ["buildx", "build", "--builder", "default", "--platform", `linux/${foreign}`, "--push"];
      const input = "FROM scratch\nLABEL empty=yes\n";
      await run("docker", [...build, "--tag", tagOf(foreign), "-"], { env: environment, input });
    }
    const { status, stdout, stderr } = await images("index", "cognitod");
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /^cognitod=127\.0\.0\.1:\d+\/me\/linnix-cognitod@sha256:[0-9a-f]{64}\ncognitod-repository=.*\ncognitod-digest=sha256:/,
    );
    assert.deepEqual(await images("show", "cognitod").then((it) => it.stdout), stdout);
    const [, reference = ""] = /^cognitod=(.*)$/m.exec(stdout) ?? [];
    const { stdout: raw } = await run(
      "docker",
      ["buildx", "imagetools", "inspect", "--format", "{{json .Image}}", reference],
      { env: environment },
    );
    assert.deepEqual(Object.keys(JSON.parse(raw) as object).sort(), ["linux/amd64", "linux/arm64"]);
  });
});
