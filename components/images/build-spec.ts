/** What each image is built from, as plain data: the program, the tests and the benchmark share it. */
import pins from "../../pins.json";
import { defined } from "../defined";
import { version } from "../project";
import type { ImageName } from "../services/service";
import type { Architecture } from "../settings/ec2/types";
import type { BaseImageName } from "../settings/schema";
import type { Settings, Source } from "../settings/types";

/** What an image is built from. Every path is relative to the project's folder. */
export interface BuildSpec {
  readonly image: ImageName;
  /** The folder with the Dockerfile: the primary build context. */
  readonly folder: string;
  /** Further build contexts by name: a folder, or a git URL with a commit. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Build arguments; an absent one keeps the Dockerfile's default. The Dockerfiles repeat the pinned ones for builds by hand. */
  readonly arguments: Readonly<Record<string, string>>;
}

/** Base images by name; an absent one is the pinned one. */
export type BaseImageSettings = Readonly<Record<string, string>>;

const pinnedBases: Readonly<Record<BaseImageName, string>> = {
  ebpfBuilder: pins.images.debian,
  rustBuilder: pins.images.rust,
  preflightBuilder: pins.images.debian,
  runtime: pins.images.debian,
  llamaServer: pins.images.llamaServer,
  llamaRuntime: pins.images.debian,
};

/** The time of every image and of its files, so that two builds of the same give the same image. BuildKit reads it, too. */
const madeAt = { SOURCE_DATE_EPOCH: "0" } as const;

/** cognitod, its eBPF object and the preflight, from source. */
export function cognitodBuild(source: Source, baseImages: BaseImageSettings): BuildSpec {
  const bases = { ...pinnedBases, ...baseImages };
  return {
    image: "cognitod",
    folder: "docker/cognitod",
    contexts: { linnix: source.location, ebpf: "ebpf", common: "docker/common" },
    arguments: defined({
      EBPF_BUILDER_IMAGE: bases.ebpfBuilder,
      RUST_BUILDER_IMAGE: bases.rustBuilder,
      PREFLIGHT_BUILDER_IMAGE: bases.preflightBuilder,
      RUNTIME_IMAGE: bases.runtime,
      BASE_NAME: baseImages.runtime,
      BPF_LINKER_VERSION: pins.bpfLinker,
      SOURCE_URL: source.kind === "sample" ? "sample" : undefined,
      LICENSE: source.kind === "sample" ? "Apache-2.0" : undefined,
      REVISION: source.revision,
      VERSION: version,
      ...madeAt,
    }),
  };
}

/** llama-server on a slim base, with the program that downloads the model. The model itself is never in an image. */
export function llamaBuild(baseImages: BaseImageSettings): BuildSpec {
  const bases = { ...pinnedBases, ...baseImages };
  return {
    image: "llama",
    folder: "docker/llama-cpp",
    contexts: { common: "docker/common" },
    arguments: defined({
      SERVER_IMAGE: bases.llamaServer,
      RUNTIME_IMAGE: bases.llamaRuntime,
      BASE_NAME: baseImages.llamaRuntime,
      REVISION: bases.llamaServer,
      VERSION: version,
      ...madeAt,
    }),
  };
}

/** Every image's build, in the order of the services. */
export function buildSpecs({
  source,
  baseImages,
}: Pick<Settings, "source" | "baseImages">): Readonly<Record<ImageName, BuildSpec>> {
  return { cognitod: cognitodBuild(source, baseImages), llama: llamaBuild(baseImages) };
}

/** What is built, as arguments of `docker buildx build`; for the engine's own architecture by default. */
function subject(spec: BuildSpec, architecture?: Architecture): string[] {
  return [
    ...(architecture === undefined ? [] : ["--platform", `linux/${architecture}`]),
    ...["--file", `${spec.folder}/Dockerfile`],
    ...Object.entries(spec.contexts).flatMap(([name, location]) => ["--build-context", `${name}=${location}`]),
    ...Object.entries(spec.arguments).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    spec.folder,
  ];
}

/** The arguments of `docker` that build the same by hand, from the project's folder; for the engine's own architecture by default. */
export function buildxArguments(spec: BuildSpec, tag: string, architecture?: Architecture): string[] {
  return ["buildx", "build", "--builder", "default", "--load", "--tag", tag, ...subject(spec, architecture)];
}

/** The arguments of `docker` that build the same for its log: the result stays in the engine's build cache. */
export function logArguments(spec: BuildSpec, architecture?: Architecture): string[] {
  const output = ["--output", "type=cacheonly", "--progress", "plain"];
  return ["buildx", "build", "--builder", "default", ...output, ...subject(spec, architecture)];
}

/** How an image is built to be published. */
export interface PublishOptions {
  readonly tag: string;
  readonly architecture: Architecture;
  /** Name of the buildx builder; `default` is the engine's own. */
  readonly builder: string;
  /** Attaches provenance and an SBOM, of which the engine's own builder makes neither. */
  readonly attest: boolean;
}

/** The arguments of `docker` that build the same for one platform, and push it. */
export function publishArguments(spec: BuildSpec, { tag, architecture, builder, attest }: PublishOptions): string[] {
  // Without the second option, other builders than the engine's own attach a provenance of their own accord.
  const attestations = attest
    ? ["--attest", "type=provenance,mode=max", "--attest", "type=sbom"]
    : ["--provenance=false", "--sbom=false"];
  const output = ["--push", "--progress", "plain", "--tag", tag];
  return ["buildx", "build", "--builder", builder, ...attestations, ...output, ...subject(spec, architecture)];
}
