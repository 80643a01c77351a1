import type { AlertRule } from "./alerts/rules-file";
import type { ConfigSections } from "./cognitod/types";
import type { Host } from "./host";
import type { LanguageModel } from "./llm/types";
import type { Model } from "./model/types";
import type { PrebuiltImages, RegistrySettings } from "./registry/types";
import type { ServiceName } from "../services/catalogue";
import type { CognitodSettings, LlamaSettings, Ports } from "./services";

/** Where cognitod's source comes from. */
export interface Source {
  /** `sample` is the stand-in in sample/daemon: it has cognitod's interface but is not Linnix. */
  readonly kind: "upstream" | "local" | "sample";
  /** A build context: a git URL with a commit, or a folder. */
  readonly location: string;
  /** For the image's labels: the commit, or the kind. */
  readonly revision: string;
}

/** All settings of a stack, typed and validated. Built by `resolveSettings`; frozen. */
export interface Settings {
  readonly stack: string;
  readonly host: Host;
  readonly registry: RegistrySettings;
  /** The buildx builder that builds the images; `default` is the engine's own. */
  readonly builder: string;
  /** Images to deploy instead of building any. */
  readonly prebuilt?: PrebuiltImages;
  readonly source: Source;
  /** Alert rules instead of those in cognitod's image. */
  readonly rules?: readonly AlertRule[];
  /** Sections of cognitod's configuration, merged over those in its image. */
  readonly cognitodConfig?: ConfigSections;
  readonly llm: LanguageModel;
  /** The services that the stack runs: without llama unless `llm` is `builtin`. */
  readonly services: readonly ServiceName[];
  /** Used only if `llm` is `builtin`, as `llama` is. */
  readonly model: Model;
  /** By the names of `baseImageNames`; those that are missing are the pinned official images. */
  readonly baseImages: Readonly<Record<string, string>>;
  /** Who makes the stack's containers, volumes and network, as a label on them. */
  readonly engineOwner?: string;
  readonly privileges: "least" | "sysadmin";
  /** cognitod's user on a local stack: uid 0, or that of the catalogue, as on EC2. */
  readonly cognitodUser: "root" | "cognitod";
  /** Fail an update when the kernel cannot run cognitod's eBPF programs. */
  readonly requireKernelInstrumentation: boolean;
  readonly ports: Ports;
  readonly cognitod: CognitodSettings;
  readonly llama: LlamaSettings;
  /** How long the health gate waits for both services, in seconds. */
  readonly healthTimeoutSeconds: number;
}
