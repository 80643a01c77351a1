import type { PerService } from "../../services/catalogue";

/** Where images are pushed to and pulled from. */
export type RegistrySettings =
  /** The images stay on the engine that built them, or exist already. */
  | { readonly kind: "none" }
  /** Repositories that the stack creates in ECR. */
  | { readonly kind: "ecr" }
  /** `address` has no scheme, and a path if the registry needs one: `ghcr.io/my-org`. The password is a secret. */
  | { readonly kind: "external"; readonly address: string; readonly user: string };

/** Existing images that are deployed instead of building any, each `repository@sha256:…`. */
export type PrebuiltImages = PerService<string>;
