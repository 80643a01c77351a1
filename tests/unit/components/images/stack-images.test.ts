import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import pins from "../../../../pins.json";
import { buildxArguments, cognitodBuild, llamaBuild } from "../../../../components/images/build-spec";
import {
  type Images,
  account,
  digest,
  imageInputs,
  imagesOf,
  password,
  revealed,
  token,
  withoutSecrets,
} from "../../../fixtures/images-graph";

import { filterProblems, isExcluded } from "../../../fixtures/registry/tag-filters";

const any = { registry: "ghcr.io/my-org", registryUser: "me", registryPassword: password };
const withPassword = { registryPassword: pulumi.output(password) };

describe("the images of a stack", () => {
  it("keep the house rules, with every kind of registry", async () => {
    for (const images of [
      await imagesOf({ registry: "ecr" }),
      await imagesOf(any, withPassword),
      await imagesOf({ images: { cognitod: `x.io/c@${digest}`, llama: `x.io/l@${digest}` } }),
    ]) {
      for (const { type, name, custom, parent } of images.resources) {
        if (!custom) assert.match(type, /^linnix:image:[A-Z][A-Za-z]+$/);
        if (custom) assert.notEqual(parent, "", `${name} has no parent`);
        if (parent !== "" && custom) assert.ok(name.startsWith(`${parent}-`), `${name} under ${parent}`);
        if (!custom) assert.ok(Object.keys(images.registered.get(name) ?? {}).length > 1, `${name} registers nothing`);
      }
    }
  });

  it("are pushed, not loaded, and known by digest", async () => {
    const { one, references } = await imagesOf({ registry: "ecr" });
    for (const name of ["cognitod-build", "llama-build"]) {
      const { push, load, exec, buildOnPreview, builder } = one(name).inputs;
      assert.deepEqual(
        { push, load, exec, buildOnPreview },
        { push: true, load: false, exec: true, buildOnPreview: false },
      );
      assert.deepEqual(builder, { name: "default" });
      assert.equal(one(name).retainOnDelete, true);
    }
    assert.deepEqual(references, {
      cognitod: `${account}/linnix-dev/cognitod@${digest}`,
      llama: `${account}/linnix-dev/llama@${digest}`,
    });
  });

  it("get two tags of their content, one of them with the version, neither of which another content can have", async () => {
    const [amd64, arm64] = [
      await imagesOf({ registry: "ecr" }),
      await imagesOf({ registry: "ecr", instanceType: "t4g.large" }),
    ];
    for (const { one } of [amd64, arm64]) {
      const [withVersion = "", byContent = "", ...more] = one("cognitod-build").inputs.tags as string[];
      assert.match(withVersion, /\/linnix-dev\/cognitod:content-0\.1\.0-[0-9a-f]{12}-(amd|arm)64$/);
      assert.match(byContent, /\/linnix-dev\/cognitod:content-[0-9a-f]{32}-(amd|arm)64$/);
      assert.deepEqual(more, []);
    }
    assert.equal(new Set([...amd64.tags, ...arm64.tags]).size, 8);
    const again = await imagesOf({ registry: "ecr" });
    assert.deepEqual([...again.tags].sort(), [...amd64.tags].sort());
  });

  it("are built for the instance's architecture", async () => {
    for (const [instanceType, platform] of [
      ["t3.large", "linux/amd64"],
      ["t4g.large", "linux/arm64"],
    ] as const) {
      const { one } = await imagesOf({ registry: "ecr", instanceType });
      for (const name of ["cognitod-build", "llama-build"]) assert.deepEqual(one(name).inputs.platforms, [platform]);
    }
  });

  it("are neither built nor pushed when they are given, and nothing is asked of AWS", async () => {
    const given = { cognitod: `ghcr.io/x/cognitod@${digest}`, llama: `ghcr.io/x/llama@${digest}` };
    const { resources, references, digests, asked } = await imagesOf({ images: given });
    assert.deepEqual(references, given);
    assert.deepEqual(digests, { cognitod: digest, llama: digest });
    assert.deepEqual([resources.filter(({ custom }) => custom), asked], [[], []]);
  });
});

describe("repositories in ECR", () => {
  const repositories = ({ resources }: Images) =>
    resources.filter(({ type }) => type === "aws:ecr/repository:Repository");

  it("are scanned on push and encrypted, and only the cache's tags and content tags can be pushed again", async () => {
    const images = await imagesOf({ registry: "ecr" });
    const found = repositories(images).map(({ inputs }) => [inputs.name, inputs.imageTagMutability]);
    assert.deepEqual(found.sort(), [
      ["linnix-dev/cache", "MUTABLE"],
      ["linnix-dev/cognitod", "IMMUTABLE_WITH_EXCLUSION"],
      ["linnix-dev/llama", "IMMUTABLE_WITH_EXCLUSION"],
    ]);
    const tags = images.tags.map((tag) => tag.split(":").pop() ?? "");
    assert.equal(tags.length, 4);
    for (const { inputs } of repositories(images).filter(({ name }) => name !== "registry-cache")) {
      const filters = inputs.imageTagMutabilityExclusionFilters as { filter: string; filterType: string }[];
      assert.deepEqual(filterProblems(filters), []);
      for (const tag of tags) assert.ok(isExcluded(filters, tag), tag);
      for (const release of ["0.1.0", "v1.2.3", "latest"]) assert.ok(!isExcluded(filters, release), release);
    }
    for (const { inputs } of repositories(images)) {
      assert.deepEqual(inputs.imageScanningConfiguration, { scanOnPush: true });
      assert.deepEqual(inputs.encryptionConfigurations, [{ encryptionType: "AES256" }]);
    }
  });

  it("are encrypted with the key that is given", async () => {
    const key = "arn:aws:kms:us-east-1:123456789012:key/k";
    const images = await imagesOf({ registry: "ecr" }, { kmsKeyArn: key });
    for (const { inputs } of repositories(images)) {
      assert.deepEqual(inputs.encryptionConfigurations, [{ encryptionType: "KMS", kmsKey: key }]);
    }
  });

  it("go with their images, unless the stack is protected; then they stay, rules and all", async () => {
    for (const protect of [false, true]) {
      const images = await imagesOf({ registry: "ecr", protect });
      const all = images.resources.filter(({ type }) => type.startsWith("aws:ecr/"));
      assert.equal(all.length, 6);
      for (const { name, retainOnDelete } of all) assert.equal(retainOnDelete, protect, name);
      for (const { inputs } of repositories(images)) assert.equal(inputs.forceDelete, !protect);
    }
  });

  it("keep the last 20 images, and what has no tag for a week", async () => {
    const images = await imagesOf({ registry: "ecr" });
    const policies = images.resources.filter(({ type }) => type === "aws:ecr/lifecyclePolicy:LifecyclePolicy");
    assert.deepEqual(policies.map(({ inputs }) => inputs.repository).sort(), [
      "linnix-dev/cache",
      "linnix-dev/cognitod",
      "linnix-dev/llama",
    ]);
    for (const { inputs } of policies) {
      const { rules } = JSON.parse(String(inputs.policy)) as {
        rules: { rulePriority: number; selection: Record<string, unknown>; action: unknown }[];
      };
      assert.deepEqual(
        rules.map(({ selection }) => [selection.tagStatus, selection.countType, selection.countNumber]),
        [
          ["untagged", "sinceImagePushed", 7],
          ["tagged", "imageCountMoreThan", 20],
        ],
      );
      assert.deepEqual(
        rules.map(({ action }) => action),
        [{ type: "expire" }, { type: "expire" }],
      );
    }
  });

  it("are opened to the build by the provider's token, which stays secret", async () => {
    const images = await imagesOf({ registry: "ecr" });
    for (const name of ["cognitod-build", "llama-build"]) {
      const logins = revealed(images.one(name).inputs.registries);
      assert.deepEqual(logins, [{ address: account, username: "AWS", password: token }]);
    }
    assert.deepEqual(images.asked, ["aws:ecr/getAuthorizationToken:getAuthorizationToken"]);
    assert.ok(!withoutSecrets(images.resources).includes(token));
  });

  it("that a host pulls from are named, the cache's not", async () => {
    const { repositoryArns } = await imagesOf({ registry: "ecr" });
    assert.deepEqual(
      repositoryArns.map((arn) => arn.split(":").pop()),
      ["repository/linnix-dev/cognitod", "repository/linnix-dev/llama"],
    );
  });

  it("carry the tags that are given, and their own name", async () => {
    const images = await imagesOf({ registry: "ecr" }, { tags: { owner: "me" } });
    assert.deepEqual(images.one("registry-llama").inputs.tags, { owner: "me", Name: "linnix-dev/llama" });
  });
});

describe("a registry by address", () => {
  it("gets both images under names of the stack's own, and no repository is made", async () => {
    const { resources, references, repositoryArns, tags } = await imagesOf(any, withPassword);
    assert.deepEqual(references, {
      cognitod: `ghcr.io/my-org/linnix-dev-cognitod@${digest}`,
      llama: `ghcr.io/my-org/linnix-dev-llama@${digest}`,
    });
    assert.ok(tags.length === 4 && tags.every((tag) => /^ghcr\.io\/my-org\/linnix-dev-\w+:[\w.-]+$/.test(tag)));
    assert.deepEqual(
      resources.filter(({ type }) => type.startsWith("aws:")),
      [],
    );
    assert.deepEqual(repositoryArns, []);
  });

  it("is logged in to at its host, with a password that stays secret though it came as plain text", async () => {
    const images = await imagesOf(any, { registryPassword: password });
    const logins = revealed(images.one("cognitod-build").inputs.registries);
    assert.deepEqual(logins, [{ address: "ghcr.io", username: "me", password }]);
    assert.ok(!withoutSecrets(images.resources).includes(password));
  });
});

describe("the build cache", () => {
  it("is kept in the registry by a builder that can, a tag an image and architecture", async () => {
    const ref = "r.io/x/linnix-dev-cache:llama-arm64";
    const { cacheFrom, cacheTo, builder } = await imageInputs({
      registryKind: "external",
      builder: "ci",
      architecture: "arm64",
    });
    assert.deepEqual(builder, { name: "ci" });
    assert.deepEqual(cacheFrom, [{ registry: { ref } }]);
    assert.deepEqual(cacheTo, [
      { registry: { ref, mode: "max", imageManifest: true, ociMediaTypes: true, ignoreError: true } },
    ]);
  });

  it("is the engine's own otherwise: its builder refuses to write one elsewhere", async () => {
    for (const args of [{ registryKind: "external" }, { registryKind: "none", builder: "ci" }] as const) {
      const { cacheFrom, cacheTo } = await imageInputs(args);
      assert.deepEqual([cacheFrom, cacheTo], [undefined, undefined]);
    }
  });
});

describe("an image without a registry", () => {
  it("is loaded into the engine under the stack's tag, as ever", async () => {
    assert.deepEqual(await imageInputs({ registryKind: "none" }), {
      dockerfile: { location: "docker/llama-cpp/Dockerfile" },
      context: { location: "docker/llama-cpp", named: { common: { location: "docker/common" } } },
      buildArgs: {
        REVISION: pins.images.llamaServer,
        RUNTIME_IMAGE: pins.images.debian,
        SERVER_IMAGE: pins.images.llamaServer,
        SOURCE_DATE_EPOCH: "0",
        VERSION: "0.1.0",
      },
      exec: true,
      builder: { name: "default" },
      tags: ["linnix/llama:dev"],
      load: true,
      push: false,
      buildOnPreview: false,
      network: "default", // docker-build's own default
    });
  });
});

describe("a build by hand", () => {
  it("has the pinned base images and bpf-linker, and those of the settings where they name one", () => {
    const source = { kind: "sample", location: "sample/daemon", revision: "r" } as const;
    const { RUST_BUILDER_IMAGE, RUNTIME_IMAGE, BPF_LINKER_VERSION } = cognitodBuild(source, {
      runtime: "mine:1",
    }).arguments;
    assert.deepEqual(
      [RUST_BUILDER_IMAGE, RUNTIME_IMAGE, BPF_LINKER_VERSION],
      [pins.images.rust, "mine:1", pins.bpfLinker],
    );
  });

  it("is for the engine's own architecture, or for the one that is asked for", () => {
    const spec = llamaBuild({});
    assert.ok(!buildxArguments(spec, "x").includes("--platform"));
    assert.deepEqual(buildxArguments(spec, "x", "arm64").slice(0, 8), [
      ...["buildx", "build", "--builder", "default", "--load", "--tag", "x", "--platform"],
    ]);
    assert.ok(buildxArguments(spec, "x", "arm64").includes("linux/arm64"));
  });

  it("names the same contexts and arguments as the program's", () => {
    const spec = cognitodBuild({ kind: "sample", location: "sample/daemon", revision: "r" }, {});
    const text = buildxArguments(spec, "x").join(" ");
    for (const [name, place] of Object.entries(spec.contexts))
      assert.ok(text.includes(`--build-context ${name}=${place}`));
    for (const [name, value] of Object.entries(spec.arguments))
      assert.ok(text.includes(`--build-arg ${name}=${value}`));
  });
});
