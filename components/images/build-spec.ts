/** What each image is made from, as plain data: the program, the tests and the benchmark build from the same. */
import type { ImageName } from "../services/service";
import type { Architecture } from "../settings/ec2";
import type { Source } from "../settings/settings";

/** What an image is made from. Every path is relative to the project's folder. */
export interface BuildSpec {
  readonly image: ImageName;
  /** The folder with the Dockerfile: the primary build context. */
  readonly folder: string;
  /** Further build contexts by name: a folder, or a git URL with a commit. */
  readonly contexts: Readonly<Record<string, string>>;
  /** Build arguments; what is left out keeps the Dockerfile's default. */
  readonly arguments: Readonly<Record<string, string>>;
}

/** Base images by name; what is left out keeps the Dockerfile's pinned default. */
export type BaseImageSettings = Readonly<Record<string, string>>;

/** The project's own version, for the images' labels. */
export const version = "0.1.0";

/** Leaves out what has no value. */
function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** cognitod, its eBPF object and the preflight, from source. */
export function cognitodBuild(source: Source, bases: BaseImageSettings): BuildSpec {
  return {
    image: "cognitod",
    folder: "docker/cognitod",
    contexts: { linnix: source.location, ebpf: "ebpf", common: "docker/common" },
    arguments: given({
      EBPF_BUILDER_IMAGE: bases.ebpfBuilder,
      RUST_BUILDER_IMAGE: bases.rustBuilder,
      PREFLIGHT_BUILDER_IMAGE: bases.preflightBuilder,
      RUNTIME_IMAGE: bases.runtime,
      BASE_NAME: bases.runtime,
      SOURCE_URL: source.kind === "sample" ? "sample" : undefined,
      LICENSE: source.kind === "sample" ? "Apache-2.0" : undefined,
      REVISION: source.revision,
      VERSION: version,
    }),
  };
}

/** llama-server on a slim base, with the program that fetches the model. The model itself is never in an image. */
export function llamaBuild(bases: BaseImageSettings): BuildSpec {
  return {
    image: "llama",
    folder: "docker/llama-cpp",
    contexts: { common: "docker/common" },
    arguments: given({
      SERVER_IMAGE: bases.llamaServer,
      RUNTIME_IMAGE: bases.llamaRuntime,
      BASE_NAME: bases.llamaRuntime,
      REVISION: bases.llamaServer,
      VERSION: version,
    }),
  };
}

/** The arguments of `docker` that build the same by hand, from the project's folder; for the engine's own architecture by default. */
export function buildxArguments(spec: BuildSpec, tag: string, architecture?: Architecture): string[] {
  return [
    ...["buildx", "build", "--builder", "default", "--load", "--tag", tag],
    ...(architecture === undefined ? [] : ["--platform", `linux/${architecture}`]),
    ...["--file", `${spec.folder}/Dockerfile`],
    ...Object.entries(spec.contexts).flatMap(([name, location]) => ["--build-context", `${name}=${location}`]),
    ...Object.entries(spec.arguments).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    spec.folder,
  ];
}
