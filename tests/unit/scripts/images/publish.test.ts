import assert from "node:assert/strict";

import fc from "fast-check";

import { type BuildSpec, buildSpecs } from "../../../../components/images/build-spec";
import { contentTag, platformTag } from "../../../../components/images/tags";
import { Failure } from "../../../../scripts/lib/errors";
import {
  type Publishing,
  architectures,
  nameImages,
  publishIndex,
  publishPlatform,
  publishedImages,
} from "../../../../scripts/images/publish";
import { settingsOf } from "../../../fixtures/settings";

const address = "registry.example.org/me";
const specs: readonly BuildSpec[] = Object.values(buildSpecs(settingsOf({}, { stack: "local" })));
const repositories = specs.map(({ image }) => `${address}/linnix-${image}`);

/** A registry in memory, which a test can have fail at its n-th change, before or after the change is made. */
class Memory implements Publishing {
  readonly tags = new Map<string, string>();
  readonly versions = new Map<string, string>();
  readonly notes: string[] = [];
  readonly address = address;
  readonly builder = "default";
  readonly attest = false;
  builds = 0;
  changes = 0;
  failure: { readonly at: number; readonly done: boolean } | undefined;
  /** What is released at present: the label of the images that are built. */
  version = "1.2.3";
  /** Makes builds of one content give other digests, as those that are not reproducible do. */
  salt = "";

  readonly registry = {
    digestOf: (reference: string) => Promise.resolve(this.tags.get(reference)),
    versionOf: (reference: string) => Promise.resolve(this.versions.get(this.tags.get(reference) ?? "")),
    tag: (reference: string, digests: readonly string[]) => {
      this.change(reference, digests.length === 1 ? (digests[0] ?? "") : `index(${digests.join("+")})`);
      return Promise.resolve();
    },
  };
  readonly build = (spec: BuildSpec, args: readonly string[]) => {
    this.builds += 1;
    const reference = args[args.indexOf("--tag") + 1] ?? "";
    this.change(reference, `${spec.image}${args[args.indexOf("--platform") + 1] ?? ""}${this.salt}`);
    return Promise.resolve();
  };
  readonly note = (text: string) => {
    this.notes.push(text);
  };

  private change(reference: string, digest: string): void {
    this.changes += 1;
    const fails = this.failure?.at === this.changes;
    if (!fails || this.failure?.done === true) {
      this.tags.set(reference, digest);
      this.versions.set(digest, this.versions.get(digest) ?? this.version);
    }
    if (fails) throw new Failure("cut off");
  }

  named(tag: string): (string | undefined)[] {
    return repositories.map((repository) => this.tags.get(`${repository}:${tag}`));
  }
}

const commit = "c".repeat(40);

/** All that `npm run images -- publish` does. */
async function publish(memory: Memory, release?: string): Promise<void> {
  const images = [];
  for (const spec of specs) {
    for (const architecture of architectures) await publishPlatform(memory, spec, architecture);
    images.push(await publishIndex(memory, spec));
  }
  await nameImages(memory, images, { commit, release });
}

const text = (memory: Memory) => JSON.stringify([...memory.tags].sort());

describe("publishing", () => {
  it("builds each image for each platform, joins them, and gives every tag", async () => {
    const memory = new Memory();
    await publish(memory, "1.2.3");
    assert.equal(memory.builds, 4);
    const tags = [...memory.tags.keys()].filter((it) => it.startsWith(`${repositories[0] ?? ""}:`));
    const [cognitod] = specs;
    assert.deepEqual(
      tags.map((it) => it.replace(/^.*:/, "")),
      [
        ...architectures.map((architecture) => platformTag(cognitod!, architecture)),
        contentTag(cognitod!),
        ...["sha-cccccccccccc", "v1.2.3", "1.2", "latest"],
      ],
    );
    const index = memory.tags.get(`${repositories[0] ?? ""}:${contentTag(cognitod!)}`);
    assert.equal(index, "index(cognitodlinux/amd64+cognitodlinux/arm64)");
    for (const tag of ["sha-cccccccccccc", "v1.2.3", "1.2", "latest"]) assert.equal(memory.named(tag)[0], index);
    assert.deepEqual(
      (await publishedImages(memory.registry, address, specs))?.map(({ digest }) => digest),
      memory.named("latest"),
    );
  });

  it("does nothing a second time", async () => {
    const memory = new Memory();
    await publish(memory, "1.2.3");
    const [before, { builds, changes }] = [text(memory), memory];
    await publish(memory, "1.2.3");
    assert.deepEqual([text(memory), memory.builds, memory.changes], [before, builds, changes]);
  });

  it("knows images as published only when all of them are there", async () => {
    const memory = new Memory();
    assert.equal(await publishedImages(memory.registry, address, specs), undefined);
    await publish(memory);
    memory.tags.delete(`${repositories[1] ?? ""}:${contentTag(specs[1]!)}`);
    assert.equal(await publishedImages(memory.registry, address, specs), undefined);
  });

  it("comes to the same, cut off wherever and repeated, and leaves older tags as they were until then", async () => {
    const whole = new Memory();
    await publish(whole, "1.2.3");
    const old = ["latest", "1.2"].map((tag) => [tag, `${tag} before`] as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: whole.changes }), fc.boolean()), { maxLength: 4 }),
        async (cuts) => {
          const memory = new Memory();
          for (const [tag, digest] of old)
            for (const repository of repositories) {
              memory.tags.set(`${repository}:${tag}`, digest);
              memory.versions.set(digest, "1.2.2");
            }
          for (const [at, done] of cuts) {
            memory.failure = { at: memory.changes + at, done };
            await publish(memory, "1.2.3").catch((error: unknown) => {
              assert.match(String(error), /cut off/);
            });
            // Moved are only tags of images that have the release's own, which never moves.
            for (const [tag, digest] of old)
              memory.named(tag).forEach((now, image) => {
                assert.ok(now === digest || now === memory.named("v1.2.3")[image], `${tag}: ${now ?? "none"}`);
              });
          }
          memory.failure = undefined;
          await publish(memory, "1.2.3");
          assert.equal(text(memory), text(whole));
        },
      ),
    );
  });

  it("asks for a platform's image that nobody has built", async () => {
    const memory = new Memory();
    await publishPlatform(memory, specs[0]!, "amd64");
    await assert.rejects(
      publishIndex(memory, specs[0]!),
      /arm64 is not there yet: npm run -s images -- build cognitod --arch arm64 --registry registry\.example\.org\/me/,
    );
    assert.deepEqual(memory.named(contentTag(specs[0]!))[0], undefined);
  });

  it("refuses a release whose tag stands for another image, before any of its tags is given", async () => {
    const memory = new Memory();
    memory.tags.set(`${repositories[1] ?? ""}:v1.2.3`, "sha256:other");
    await assert.rejects(
      publish(memory, "1.2.3"),
      /linnix-llama:v1\.2\.3 is there with sha256:other, and would become .*never moves.*new version/,
    );
    assert.deepEqual(memory.named("v1.2.3"), [undefined, "sha256:other"]);
    assert.deepEqual(memory.named("latest"), [undefined, undefined]);
    assert.deepEqual(memory.named("sha-cccccccccccc"), [undefined, undefined]);
  });

  it("moves tags forward only, and names what it leaves", async () => {
    const memory = new Memory();
    await publish(memory, "1.2.3");
    const newer = memory.named("latest");
    const other = new Memory();
    for (const [reference, digest] of memory.tags)
      if (/:(latest|1\.2)$/.test(reference)) other.tags.set(reference, digest);
    for (const [digest] of memory.versions) other.versions.set(digest, "1.10.0");
    other.salt = "-older";
    other.version = "1.9.9";
    await publish(other, "1.9.9");
    assert.deepEqual(other.named("latest"), newer);
    assert.ok(other.notes.some((it) => it.endsWith("latest stays at 1.10.0, which is not older than 1.9.9")));
    assert.notDeepEqual(other.named("v1.9.9"), newer);
  });

  it("moves no tag of an image that says no version", async () => {
    const memory = new Memory();
    memory.tags.set(`${repositories[0] ?? ""}:latest`, "sha256:foreign");
    await assert.rejects(publish(memory, "1.2.3"), /latest stands for an image without a version.*delete the tag/);
  });

  it("moves nothing for a prerelease", async () => {
    const memory = new Memory();
    await publish(memory, "1.3.0-rc.1");
    assert.deepEqual([memory.named("latest")[0], memory.named("1.3")[0]], [undefined, undefined]);
    assert.ok(memory.named("v1.3.0-rc.1")[0] !== undefined);
  });
});
